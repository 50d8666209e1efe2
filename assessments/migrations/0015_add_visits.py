import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0014_add_polls"),
        ("branches", "0003_import_job"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="assignment",
            name="inspector",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="assignments",
                to=settings.AUTH_USER_MODEL,
                verbose_name="inspector in charge",
            ),
        ),
        migrations.AddField(
            model_name="teammembership",
            name="office",
            field=models.CharField(blank=True, max_length=40, verbose_name="scores for"),
        ),
        migrations.CreateModel(
            name="ComponentScore",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=12, verbose_name="component")),
                ("score_up", models.BigIntegerField(verbose_name="score")),
                ("origin", models.CharField(blank=True, max_length=200, verbose_name="where it comes from")),
                ("entered_at", models.DateTimeField(verbose_name="entered at")),
                (
                    "entered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "sheet",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="component_scores",
                        to="assessments.sheet",
                    ),
                ),
            ],
            options={
                "verbose_name": "component score",
                "constraints": [
                    models.UniqueConstraint(fields=("sheet", "source"), name="component_score_unique"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Finding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("visit", "on-site visit"),
                            ("review", "review"),
                            ("poll", "poll"),
                            ("other", "other"),
                        ],
                        default="visit",
                        max_length=8,
                        verbose_name="found in",
                    ),
                ),
                ("problem", models.CharField(max_length=500, verbose_name="problem")),
                ("due_on", models.DateField(null=True, verbose_name="to be put right by")),
                ("found_at", models.DateTimeField(verbose_name="found at")),
                (
                    "branch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to="branches.branch",
                        verbose_name="branch",
                    ),
                ),
                (
                    "cycle",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to="assessments.cycle",
                        verbose_name="cycle",
                    ),
                ),
                (
                    "found_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="found by",
                    ),
                ),
                (
                    "indicator",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="assessments.indicator",
                        verbose_name="indicator",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="branches.organization"
                    ),
                ),
            ],
            options={
                "verbose_name": "finding",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Rectification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "to be put right"),
                            ("answered", "waits to be checked"),
                            ("returned", "sent back"),
                            ("closed", "struck off"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("due_on", models.DateField(verbose_name="to be put right by")),
                ("measures", models.TextField(blank=True, verbose_name="measures")),
                ("person", models.CharField(blank=True, max_length=40, verbose_name="person in charge")),
                ("answered_at", models.DateTimeField(null=True, verbose_name="answered at")),
                ("checked_at", models.DateTimeField(null=True, verbose_name="checked at")),
                ("check_note", models.CharField(blank=True, max_length=300, verbose_name="what the check found")),
                ("opened_at", models.DateTimeField(verbose_name="opened at")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="answered by",
                    ),
                ),
                (
                    "checked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="checked by",
                    ),
                ),
                (
                    "finding",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rectification",
                        to="assessments.finding",
                        verbose_name="finding",
                    ),
                ),
            ],
            options={
                "verbose_name": "rectification",
                "ordering": ["due_on", "id"],
            },
        ),
        migrations.CreateModel(
            name="Visit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("planned", "planned"),
                            ("in_progress", "in progress"),
                            ("signed", "signed"),
                            ("postponed", "postponed"),
                            ("cancelled", "cancelled"),
                        ],
                        default="planned",
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                ("stratum", models.CharField(blank=True, max_length=80, verbose_name="group drawn from")),
                ("place", models.PositiveIntegerField(null=True, verbose_name="place in the draw")),
                ("planned_on", models.DateField(null=True, verbose_name="planned for")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("begun_at", models.DateTimeField(null=True, verbose_name="begun at")),
                ("visited_on", models.DateField(null=True, verbose_name="visited on")),
                ("present_name", models.CharField(blank=True, max_length=40, verbose_name="present for the branch")),
                ("present_post", models.CharField(blank=True, max_length=40, verbose_name="post")),
                ("course", models.TextField(blank=True, verbose_name="what was done")),
                ("opinion", models.TextField(blank=True, verbose_name="overall impression")),
                ("score_up", models.BigIntegerField(null=True, verbose_name="on-site score")),
                ("signature", models.CharField(blank=True, max_length=40, verbose_name="signature of the leader")),
                ("signed_at", models.DateTimeField(null=True, verbose_name="signed at")),
                ("record", models.TextField(blank=True, verbose_name="signed record")),
                ("digest", models.CharField(blank=True, max_length=64, verbose_name="digest")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
                (
                    "begun_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="begun by",
                    ),
                ),
                (
                    "branch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="branches.branch",
                        verbose_name="branch",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="branches.organization"
                    ),
                ),
                (
                    "score_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="score entered by",
                    ),
                ),
                (
                    "signed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="signed by",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="assessments.team",
                        verbose_name="team",
                    ),
                ),
            ],
            options={
                "verbose_name": "visit",
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="finding",
            name="visit",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="findings", to="assessments.visit"
            ),
        ),
        migrations.CreateModel(
            name="VisitCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "verdict",
                    models.CharField(
                        choices=[("good", "in order"), ("problem", "problem"), ("skipped", "not looked at")],
                        max_length=8,
                        verbose_name="seen",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                ("entered_at", models.DateTimeField(verbose_name="entered at")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
                (
                    "entered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="entered by",
                    ),
                ),
                (
                    "indicator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="assessments.indicator"
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="checks",
                        to="assessments.visit",
                    ),
                ),
            ],
            options={
                "verbose_name": "check",
            },
        ),
        migrations.CreateModel(
            name="VisitFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="file name")),
                ("key", models.CharField(max_length=100, unique=True, verbose_name="storage key")),
                ("content_type", models.CharField(max_length=100, verbose_name="type")),
                ("size", models.PositiveIntegerField(verbose_name="size in bytes")),
                ("sha256", models.CharField(db_index=True, max_length=64, verbose_name="SHA-256")),
                ("uploaded_at", models.DateTimeField(verbose_name="uploaded at")),
                (
                    "indicator",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="assessments.indicator",
                    ),
                ),
                (
                    "rectification",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="assessments.rectification",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="uploaded by",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="assessments.visit",
                    ),
                ),
            ],
            options={
                "verbose_name": "visit file",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="VisitPlan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="name of the plan")),
                ("aim", models.TextField(blank=True, verbose_name="what is looked at")),
                ("starts_on", models.DateField(verbose_name="from")),
                ("ends_on", models.DateField(verbose_name="to")),
                ("is_announced", models.BooleanField(default=True, verbose_name="announced to the branches")),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("hand", "chosen by hand"),
                            ("all", "all branches"),
                            ("random", "drawn at random"),
                            ("stratified", "drawn at random by sector and last result"),
                        ],
                        default="hand",
                        max_length=12,
                        verbose_name="choice of branches",
                    ),
                ),
                ("wanted", models.PositiveIntegerField(null=True, verbose_name="branches to draw")),
                ("seed", models.CharField(blank=True, max_length=40, verbose_name="seed")),
                ("population", models.TextField(blank=True, verbose_name="branches drawn from")),
                ("drawn_at", models.DateTimeField(null=True, verbose_name="drawn at")),
                ("made_at", models.DateTimeField(verbose_name="made at")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
                (
                    "cycle",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visit_plans",
                        to="assessments.cycle",
                        verbose_name="cycle",
                    ),
                ),
                (
                    "drawn_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="drawn by",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
            ],
            options={
                "verbose_name": "visit plan",
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="visit",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="visits",
                to="assessments.visitplan",
                verbose_name="visit plan",
            ),
        ),
        migrations.AddIndex(
            model_name="rectification",
            index=models.Index(fields=["status", "due_on"], name="rectification_due"),
        ),
        migrations.AddConstraint(
            model_name="rectification",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status", "open"),
                    models.Q(models.Q(("measures", ""), _negated=True), ("answered_by__isnull", False)),
                    _connector="OR",
                ),
                name="rectification_answered_is_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="visitcheck",
            constraint=models.UniqueConstraint(fields=("visit", "indicator"), name="visit_check_unique"),
        ),
        migrations.AddConstraint(
            model_name="visitfile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("rectification", None), ("visit__isnull", False)),
                    models.Q(("rectification__isnull", False), ("visit", None)),
                    _connector="OR",
                ),
                name="visit_file_of_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="visitplan",
            constraint=models.UniqueConstraint(fields=("cycle", "name"), name="visit_plan_name_unique"),
        ),
        migrations.AddConstraint(
            model_name="visitplan",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="visit_plan_dates_in_order"
            ),
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(fields=["status", "-id"], name="visit_status"),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.UniqueConstraint(fields=("plan", "branch"), name="visit_branch_unique"),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "signed"), _negated=True),
                    models.Q(
                        models.Q(("digest", ""), _negated=True),
                        ("signed_by__isnull", False),
                        models.Q(("present_name", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="visit_signed_is_whole",
            ),
        ),
    ]
