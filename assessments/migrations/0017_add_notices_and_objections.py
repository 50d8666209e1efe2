import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0016_plan_the_year"),
        ("branches", "0003_import_job"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CommitteeMeeting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("held_on", models.DateField(verbose_name="held on")),
                ("expected", models.PositiveSmallIntegerField(verbose_name="members of the committee")),
                ("present", models.PositiveSmallIntegerField(verbose_name="present")),
                ("minutes", models.TextField(verbose_name="minutes")),
                (
                    "document_number",
                    models.CharField(blank=True, max_length=60, verbose_name="number of the ratification"),
                ),
                ("recorded_at", models.DateTimeField(verbose_name="recorded at")),
            ],
            options={
                "verbose_name": "committee meeting",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Consultation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("organ", models.CharField(max_length=60, verbose_name="organ")),
                ("letter", models.CharField(blank=True, max_length=60, verbose_name="number of the letter")),
                ("min_stars", models.PositiveSmallIntegerField(verbose_name="from stars")),
                ("due_on", models.DateField(verbose_name="reply by")),
                ("sent_at", models.DateTimeField(verbose_name="sent at")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="closed at")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
            ],
            options={
                "verbose_name": "consultation",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="ConsultationReply",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stars", models.PositiveSmallIntegerField(verbose_name="stars proposed")),
                (
                    "opinion",
                    models.CharField(
                        choices=[
                            ("open", "no reply yet"),
                            ("clear", "no objection"),
                            ("hit", "something stands against it"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="reply",
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=300, verbose_name="what it says")),
                ("document", models.CharField(blank=True, max_length=200, verbose_name="document")),
                ("replied_on", models.DateField(null=True, verbose_name="date of the reply")),
                ("entered_at", models.DateTimeField(null=True, verbose_name="entered at")),
            ],
            options={
                "verbose_name": "reply",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "audience",
                    models.CharField(
                        choices=[
                            ("internal", "everybody with an account"),
                            ("public", "everybody, without signing in"),
                        ],
                        default="internal",
                        max_length=10,
                        verbose_name="shown to",
                    ),
                ),
                ("min_stars", models.PositiveSmallIntegerField(verbose_name="names branches from stars")),
                ("days", models.PositiveSmallIntegerField(verbose_name="working days")),
                ("starts_on", models.DateField(verbose_name="from")),
                ("last_on", models.DateField(verbose_name="to")),
                ("ends_at", models.DateTimeField(verbose_name="objections before")),
                ("contact", models.CharField(max_length=200, verbose_name="where objections are taken")),
                ("begun_at", models.DateTimeField(verbose_name="begun at")),
            ],
            options={
                "verbose_name": "notice",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Objection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("portal", "in the portal"),
                            ("letter", "by letter"),
                            ("telephone", "by telephone"),
                            ("visit", "in person"),
                        ],
                        default="portal",
                        max_length=10,
                        verbose_name="received",
                    ),
                ),
                ("by_name", models.CharField(blank=True, max_length=60, verbose_name="from whom")),
                ("text", models.TextField(verbose_name="objection")),
                ("received_at", models.DateTimeField(verbose_name="received at")),
                ("entered_at", models.DateTimeField(verbose_name="entered at")),
                (
                    "status",
                    models.CharField(
                        choices=[("open", "waiting for an answer"), ("upheld", "upheld"), ("rejected", "not upheld")],
                        default="open",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("answer", models.TextField(blank=True, verbose_name="answer")),
                ("answered_at", models.DateTimeField(null=True, verbose_name="answered at")),
            ],
            options={
                "verbose_name": "objection",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Reopening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("veto_code", models.CharField(blank=True, max_length=20, verbose_name="veto")),
                ("veto_document", models.CharField(blank=True, max_length=200, verbose_name="document")),
                ("veto_on", models.DateField(null=True, verbose_name="date of the document")),
                (
                    "status",
                    models.CharField(
                        choices=[("asked", "asked for"), ("granted", "granted"), ("refused", "refused")],
                        default="asked",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="asked at")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided at")),
                (
                    "decision_reason",
                    models.CharField(blank=True, max_length=300, verbose_name="reason of the decision"),
                ),
            ],
            options={
                "verbose_name": "reopening",
                "ordering": ["-id"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="publication",
            name="publication_version_unique",
        ),
        migrations.AddField(
            model_name="yearplan",
            name="meeting_after_notice",
            field=models.BooleanField(default=False, verbose_name="the committee decides after the notice"),
        ),
        migrations.AddField(
            model_name="yearplan",
            name="notice_days",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="working days of the notice"),
        ),
        migrations.AlterField(
            model_name="publication",
            name="status",
            field=models.CharField(
                choices=[
                    ("prepared", "prepared"),
                    ("notice", "on notice"),
                    ("published", "published"),
                    ("superseded", "superseded"),
                    ("rejected", "sent back"),
                    ("withdrawn", "withdrawn"),
                ],
                default="prepared",
                max_length=10,
                verbose_name="status",
            ),
        ),
        migrations.AlterField(
            model_name="tally",
            name="status",
            field=models.CharField(
                choices=[
                    ("candidate", "candidate"),
                    ("notice", "on notice"),
                    ("discarded", "discarded"),
                    ("published", "published"),
                    ("superseded", "superseded"),
                ],
                default="candidate",
                max_length=10,
                verbose_name="status",
            ),
        ),
        migrations.AddConstraint(
            model_name="publication",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["rejected", "withdrawn"]), _negated=True),
                fields=("tally", "version"),
                name="publication_version_unique",
            ),
        ),
        migrations.AddField(
            model_name="committeemeeting",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="committeemeeting",
            name="tally",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="meetings", to="assessments.tally"
            ),
        ),
        migrations.AddField(
            model_name="consultation",
            name="closed_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="consultation",
            name="cycle",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="assessments.cycle"
            ),
        ),
        migrations.AddField(
            model_name="consultation",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="assessments.yearplan"
            ),
        ),
        migrations.AddField(
            model_name="consultation",
            name="sent_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="consultation",
            name="tally",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="consultations", to="assessments.tally"
            ),
        ),
        migrations.AddField(
            model_name="consultationreply",
            name="branch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="branches.branch"
            ),
        ),
        migrations.AddField(
            model_name="consultationreply",
            name="consultation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="replies",
                to="assessments.consultation",
            ),
        ),
        migrations.AddField(
            model_name="consultationreply",
            name="entered_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="begun_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="publication",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="notice", to="assessments.publication"
            ),
        ),
        migrations.AddField(
            model_name="objection",
            name="answered_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="objection",
            name="branch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="objections",
                to="branches.branch",
                verbose_name="branch",
            ),
        ),
        migrations.AddField(
            model_name="objection",
            name="entered_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="objection",
            name="notice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="objections", to="assessments.notice"
            ),
        ),
        migrations.AddField(
            model_name="reopening",
            name="asked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="reopening",
            name="decided_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="reopening",
            name="revision",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reopened_by",
                to="assessments.sheet",
            ),
        ),
        migrations.AddField(
            model_name="reopening",
            name="sheet",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reopenings",
                to="assessments.sheet",
                verbose_name="sheet",
            ),
        ),
        migrations.AddField(
            model_name="objection",
            name="reopening",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="assessments.reopening"
            ),
        ),
        migrations.AddField(
            model_name="consultationreply",
            name="reopening",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="assessments.reopening"
            ),
        ),
        migrations.AddConstraint(
            model_name="committeemeeting",
            constraint=models.CheckConstraint(
                condition=models.Q(("present__gte", 1), ("present__lte", models.F("expected"))), name="meeting_present"
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_on__gte", models.F("starts_on"))), name="notice_dates_in_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="reopening",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "asked")), fields=("sheet",), name="reopening_one_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="reopening",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by", None), models.Q(("decided_by", models.F("asked_by")), _negated=True), _connector="OR"
                ),
                name="reopening_four_eyes",
            ),
        ),
        migrations.AddConstraint(
            model_name="objection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("answered_by", None),
                    models.Q(("answered_by", models.F("entered_by")), _negated=True),
                    _connector="OR",
                ),
                name="objection_four_eyes",
            ),
        ),
        migrations.AddConstraint(
            model_name="objection",
            constraint=models.CheckConstraint(
                condition=models.Q(("status", "open"), models.Q(("answer", ""), _negated=True), _connector="OR"),
                name="objection_has_answer",
            ),
        ),
        migrations.AddConstraint(
            model_name="consultationreply",
            constraint=models.UniqueConstraint(fields=("consultation", "branch"), name="consultation_branch_unique"),
        ),
    ]
