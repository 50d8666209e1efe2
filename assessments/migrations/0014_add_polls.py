import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0013_let_sheets_change_hands"),
        ("branches", "0003_import_job"),
        ("members", "0002_keep_accounts_safe"),
    ]

    operations = [
        migrations.CreateModel(
            name="Comment",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("text", models.TextField(max_length=500, verbose_name="comment")),
                (
                    "review",
                    models.CharField(
                        choices=[("waiting", "to be looked through"), ("shown", "shown"), ("withheld", "withheld")],
                        default="waiting",
                        max_length=10,
                        verbose_name="review",
                    ),
                ),
            ],
            options={
                "verbose_name": "comment",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Counter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("n", models.PositiveIntegerField(default=0, verbose_name="how many")),
            ],
            options={
                "verbose_name": "counter",
            },
        ),
        migrations.CreateModel(
            name="Meeting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("held_on", models.DateField(verbose_name="date")),
                ("place", models.CharField(blank=True, max_length=100, verbose_name="place")),
                (
                    "mode",
                    models.CharField(
                        choices=[("online", "by link"), ("paper", "on paper")],
                        default="paper",
                        max_length=8,
                        verbose_name="ballots",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("planned", "under way"), ("closed", "over")],
                        default="planned",
                        max_length=8,
                        verbose_name="status",
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="made at")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
            ],
            options={
                "verbose_name": "report-and-appraisal meeting",
                "ordering": ["-held_on", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Miss",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.CharField(max_length=64)),
                ("window", models.BigIntegerField()),
                ("n", models.PositiveIntegerField(default=0)),
            ],
            options={
                "verbose_name": "wrong link",
            },
        ),
        migrations.CreateModel(
            name="Option",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(verbose_name="position")),
                ("label", models.CharField(max_length=20, verbose_name="choice")),
                ("value_up", models.BigIntegerField(default=0, verbose_name="value")),
                ("is_counted", models.BooleanField(default=True, verbose_name="valid answer")),
                ("is_top", models.BooleanField(default=False, verbose_name="top choice")),
            ],
            options={
                "verbose_name": "choice",
                "ordering": ["form_id", "position"],
            },
        ),
        migrations.CreateModel(
            name="Poll",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("target", models.CharField(max_length=40, verbose_name="counts for")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="order")),
                ("speaks_at", models.TimeField(null=True, verbose_name="time")),
                ("speaker", models.CharField(blank=True, max_length=40, verbose_name="who reports")),
                (
                    "mode",
                    models.CharField(
                        choices=[("online", "by link"), ("paper", "on paper")],
                        default="online",
                        max_length=8,
                        verbose_name="ballots",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("planned", "planned"),
                            ("open", "open"),
                            ("entered", "entered, to be confirmed"),
                            ("closed", "closed"),
                            ("void", "void"),
                        ],
                        default="planned",
                        max_length=8,
                        verbose_name="status",
                    ),
                ),
                ("closes_at", models.DateTimeField(null=True, verbose_name="open until")),
                ("created_at", models.DateTimeField(verbose_name="made at")),
                ("opened_at", models.DateTimeField(null=True, verbose_name="opened at")),
                ("entered_at", models.DateTimeField(null=True, verbose_name="entered at")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="closed at")),
                ("void_reason", models.CharField(blank=True, max_length=200, verbose_name="why it is void")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
                ("digest", models.CharField(blank=True, max_length=64, verbose_name="digest of the counters")),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("counted", "counts"),
                            ("no_quorum", "too few ballots: does not count"),
                            ("no_ballots", "no valid ballot: does not count"),
                        ],
                        max_length=10,
                        verbose_name="result",
                    ),
                ),
                ("ballots", models.PositiveIntegerField(default=0, verbose_name="ballots")),
                ("roster", models.PositiveIntegerField(default=0, verbose_name="entitled")),
                ("score_up", models.BigIntegerField(null=True, verbose_name="score")),
                ("top_votes", models.PositiveIntegerField(null=True, verbose_name="top answers")),
                ("counted_votes", models.PositiveIntegerField(null=True, verbose_name="valid answers")),
                ("remark", models.CharField(blank=True, max_length=200, verbose_name="remark")),
                ("purged_at", models.DateTimeField(null=True, verbose_name="rewritten on disk at")),
                ("forgotten_at", models.DateTimeField(null=True, verbose_name="links deleted at")),
            ],
            options={
                "verbose_name": "poll",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="PollForm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("target", models.CharField(max_length=40, verbose_name="counts for")),
                ("introduction", models.TextField(blank=True, max_length=1000, verbose_name="what it is about")),
                ("takes_comments", models.BooleanField(default=True, verbose_name="asks for comments")),
                ("is_locked", models.BooleanField(default=False, verbose_name="in use")),
                ("created_at", models.DateTimeField(verbose_name="made at")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
            ],
            options={
                "verbose_name": "ballot paper",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(verbose_name="position")),
                ("text", models.CharField(max_length=200, verbose_name="question")),
                ("weight_up", models.BigIntegerField(verbose_name="weight")),
            ],
            options={
                "verbose_name": "question",
                "ordering": ["form_id", "position"],
            },
        ),
        migrations.CreateModel(
            name="Roster",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="entitled")),
                ("issued", models.PositiveIntegerField(null=True, verbose_name="ballots issued")),
                ("returned", models.PositiveIntegerField(null=True, verbose_name="ballots returned")),
                ("valid", models.PositiveIntegerField(null=True, verbose_name="valid ballots")),
            ],
            options={
                "verbose_name": "roster",
                "ordering": ["poll_id", "group_id"],
            },
        ),
        migrations.CreateModel(
            name="Scan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="file name")),
                ("key", models.CharField(max_length=100, unique=True, verbose_name="storage key")),
                ("content_type", models.CharField(max_length=100, verbose_name="type")),
                ("size", models.PositiveIntegerField(verbose_name="size in bytes")),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("uploaded_at", models.DateTimeField(verbose_name="uploaded at")),
            ],
            options={
                "verbose_name": "scan",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="TallyFact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("score", "poll score"),
                            ("top_share", "share of top votes"),
                            ("flag", "confirmed fact"),
                            ("veto", "veto"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("code", models.CharField(blank=True, max_length=20, verbose_name="item")),
                ("value_up", models.BigIntegerField(verbose_name="value")),
                ("of_up", models.BigIntegerField(verbose_name="of")),
            ],
            options={
                "verbose_name": "fact of a tally",
            },
        ),
        migrations.CreateModel(
            name="Token",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sha256", models.CharField(max_length=64, unique=True, verbose_name="SHA-256")),
                ("used", models.BooleanField(default=False, verbose_name="used")),
            ],
            options={
                "verbose_name": "link",
            },
        ),
        migrations.CreateModel(
            name="VoterGroup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(verbose_name="position")),
                ("name", models.CharField(max_length=20, verbose_name="voter group")),
                ("weight_up", models.BigIntegerField(verbose_name="weight")),
                ("quorum_up", models.BigIntegerField(default=0, verbose_name="least turnout")),
                ("counts_members", models.BooleanField(default=False, verbose_name="roster is the roll of members")),
            ],
            options={
                "verbose_name": "voter group",
                "ordering": ["form_id", "position"],
            },
        ),
        migrations.CreateModel(
            name="YearFact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("score", "poll score"),
                            ("top_share", "share of top votes"),
                            ("flag", "confirmed fact"),
                            ("veto", "veto"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("code", models.CharField(blank=True, max_length=20, verbose_name="item")),
                ("value_up", models.BigIntegerField(default=1000000, verbose_name="value")),
                ("of_up", models.BigIntegerField(default=1000000, verbose_name="of")),
                ("document", models.CharField(max_length=200, verbose_name="document")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("recorded", "recorded"),
                            ("accepted", "accepted"),
                            ("refused", "refused"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="recorded",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("entered_at", models.DateTimeField(verbose_name="entered at")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided at")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
            ],
            options={
                "verbose_name": "fact of the year",
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="sheet",
            name="counted_votes",
            field=models.PositiveIntegerField(null=True, verbose_name="valid answers of the poll"),
        ),
        migrations.AddField(
            model_name="sheet",
            name="poll_score_up",
            field=models.BigIntegerField(null=True, verbose_name="poll score, 0 to 100"),
        ),
        migrations.AddField(
            model_name="sheet",
            name="top_votes",
            field=models.PositiveIntegerField(null=True, verbose_name="top answers of the poll"),
        ),
        migrations.AddField(
            model_name="sheet",
            name="whole_meeting_up",
            field=models.BigIntegerField(
                null=True, verbose_name="report-and-appraisal meeting, on the scale of full marks"
            ),
        ),
        migrations.AddField(
            model_name="sheet",
            name="whole_poll_up",
            field=models.BigIntegerField(null=True, verbose_name="poll, on the scale of full marks"),
        ),
        migrations.AddField(
            model_name="meeting",
            name="created_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="made by",
            ),
        ),
        migrations.AddField(
            model_name="meeting",
            name="cycle",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="meetings",
                to="assessments.cycle",
                verbose_name="cycle",
            ),
        ),
        migrations.AddField(
            model_name="meeting",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="meetings", to="branches.organization"
            ),
        ),
        migrations.AddConstraint(
            model_name="miss",
            constraint=models.UniqueConstraint(fields=("place", "window"), name="poll_miss_unique"),
        ),
        migrations.AddField(
            model_name="counter",
            name="option",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="assessments.option"
            ),
        ),
        migrations.AddField(
            model_name="poll",
            name="branch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="polls",
                to="branches.branch",
                verbose_name="branch",
            ),
        ),
        migrations.AddField(
            model_name="poll",
            name="closed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="closed by",
            ),
        ),
        migrations.AddField(
            model_name="poll",
            name="created_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="made by",
            ),
        ),
        migrations.AddField(
            model_name="poll",
            name="cycle",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="polls",
                to="assessments.cycle",
                verbose_name="cycle",
            ),
        ),
        migrations.AddField(
            model_name="poll",
            name="entered_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="counted by",
            ),
        ),
        migrations.AddField(
            model_name="poll",
            name="meeting",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="polls",
                to="assessments.meeting",
                verbose_name="meeting",
            ),
        ),
        migrations.AddField(
            model_name="poll",
            name="opened_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="opened by",
            ),
        ),
        migrations.AddField(
            model_name="poll",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="polls",
                to="assessments.yearplan",
                verbose_name="year plan",
            ),
        ),
        migrations.AddField(
            model_name="counter",
            name="poll",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="counters",
                to="assessments.poll",
            ),
        ),
        migrations.AddField(
            model_name="comment",
            name="poll",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="comments", to="assessments.poll"
            ),
        ),
        migrations.AddField(
            model_name="pollform",
            name="created_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="made by",
            ),
        ),
        migrations.AddField(
            model_name="pollform",
            name="scheme_version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="poll_forms", to="assessments.schemeversion"
            ),
        ),
        migrations.AddField(
            model_name="poll",
            name="form",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="polls",
                to="assessments.pollform",
                verbose_name="ballot paper",
            ),
        ),
        migrations.AddField(
            model_name="option",
            name="form",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="options", to="assessments.pollform"
            ),
        ),
        migrations.AddField(
            model_name="meeting",
            name="form",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="meetings",
                to="assessments.pollform",
                verbose_name="ballot paper",
            ),
        ),
        migrations.AddField(
            model_name="question",
            name="form",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="questions", to="assessments.pollform"
            ),
        ),
        migrations.AddField(
            model_name="counter",
            name="question",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="assessments.question"
            ),
        ),
        migrations.AddField(
            model_name="roster",
            name="poll",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="rosters", to="assessments.poll"
            ),
        ),
        migrations.AddField(
            model_name="scan",
            name="poll",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="scans", to="assessments.poll"
            ),
        ),
        migrations.AddField(
            model_name="scan",
            name="uploaded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="tallyfact",
            name="branch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="branches.branch"
            ),
        ),
        migrations.AddField(
            model_name="tallyfact",
            name="tally",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="facts", to="assessments.tally"
            ),
        ),
        migrations.AddField(
            model_name="token",
            name="poll",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="tokens", to="assessments.poll"
            ),
        ),
        migrations.AddField(
            model_name="votergroup",
            name="form",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="groups", to="assessments.pollform"
            ),
        ),
        migrations.AddField(
            model_name="token",
            name="group",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="assessments.votergroup",
            ),
        ),
        migrations.AddField(
            model_name="roster",
            name="group",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="assessments.votergroup"
            ),
        ),
        migrations.AddField(
            model_name="counter",
            name="group",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="assessments.votergroup",
            ),
        ),
        migrations.AddField(
            model_name="yearfact",
            name="branch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="year_facts",
                to="branches.branch",
                verbose_name="branch",
            ),
        ),
        migrations.AddField(
            model_name="yearfact",
            name="decided_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="decided by",
            ),
        ),
        migrations.AddField(
            model_name="yearfact",
            name="entered_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="entered by",
            ),
        ),
        migrations.AddField(
            model_name="yearfact",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="year_facts",
                to="assessments.yearplan",
                verbose_name="year plan",
            ),
        ),
        migrations.AddField(
            model_name="yearfact",
            name="poll",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="year_facts",
                to="assessments.poll",
                verbose_name="poll",
            ),
        ),
        migrations.AddIndex(
            model_name="poll",
            index=models.Index(fields=["cycle", "status"], name="poll_cycle_status"),
        ),
        migrations.AddConstraint(
            model_name="poll",
            constraint=models.UniqueConstraint(
                condition=models.Q(("cycle__isnull", False), models.Q(("status", "void"), _negated=True)),
                fields=("cycle", "branch", "target"),
                name="poll_one_in_cycle",
            ),
        ),
        migrations.AddConstraint(
            model_name="poll",
            constraint=models.UniqueConstraint(
                condition=models.Q(("cycle__isnull", True), models.Q(("status", "void"), _negated=True)),
                fields=("plan", "branch", "target"),
                name="poll_one_in_year",
            ),
        ),
        migrations.AddConstraint(
            model_name="poll",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("score_up", None), models.Q(("score_up__gte", 0), ("score_up__lte", 100000000)), _connector="OR"
                ),
                name="poll_score_in_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="poll",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("entered_by", None),
                    models.Q(("closed_by", models.F("entered_by")), _negated=True),
                    _connector="OR",
                ),
                name="poll_confirmed_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="option",
            constraint=models.UniqueConstraint(fields=("form", "position"), name="poll_option_position"),
        ),
        migrations.AddConstraint(
            model_name="option",
            constraint=models.CheckConstraint(
                condition=models.Q(("value_up__gte", 0), ("value_up__lte", 1000000)), name="poll_option_value"
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.UniqueConstraint(fields=("form", "position"), name="poll_question_position"),
        ),
        migrations.AddConstraint(
            model_name="tallyfact",
            constraint=models.UniqueConstraint(fields=("tally", "branch", "kind", "code"), name="tally_fact_unique"),
        ),
        migrations.AddConstraint(
            model_name="votergroup",
            constraint=models.UniqueConstraint(fields=("form", "position"), name="voter_group_position"),
        ),
        migrations.AddConstraint(
            model_name="votergroup",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("quorum_up__gte", 0),
                    ("quorum_up__lte", 1000000),
                    ("weight_up__gte", 0),
                    ("weight_up__lte", 1000000),
                ),
                name="voter_group_shares",
            ),
        ),
        migrations.AddConstraint(
            model_name="roster",
            constraint=models.UniqueConstraint(fields=("poll", "group"), name="poll_roster_unique"),
        ),
        migrations.AddConstraint(
            model_name="counter",
            constraint=models.UniqueConstraint(
                fields=("poll", "group", "question", "option"), name="poll_counter_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="yearfact",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["recorded", "accepted"])),
                fields=("plan", "branch", "kind", "code"),
                name="year_fact_one_live",
            ),
        ),
        migrations.AddConstraint(
            model_name="yearfact",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by", None),
                    models.Q(("decided_by", models.F("entered_by")), _negated=True),
                    ("poll__isnull", False),
                    _connector="OR",
                ),
                name="year_fact_by_two",
            ),
        ),
    ]
