import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assessments", "0018_record_changes_of_branches")]

    operations = [
        migrations.CreateModel(
            name="ApprovalList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(verbose_name="number")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("prepared", "waits for approval"),
                            ("approved", "approved"),
                            ("withdrawn", "taken back"),
                        ],
                        default="prepared",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("prepared_at", models.DateTimeField(verbose_name="prepared at")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided at")),
            ],
            options={
                "verbose_name": "approval list",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="ListedSheet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sheet_version", models.PositiveIntegerField(verbose_name="version")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("approved", "approved"),
                            ("refused", "not approved"),
                            ("withdrawn", "taken back"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
            ],
            options={
                "verbose_name": "sheet on a list",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="ReviewScope",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("all", "every branch is reviewed"),
                            ("sample", "a drawn sample is reviewed"),
                            ("candidates", "candidates for the stars are reviewed"),
                        ],
                        max_length=10,
                        verbose_name="scope of the review",
                    ),
                ),
                ("seed", models.CharField(blank=True, max_length=40, verbose_name="seed")),
                ("wanted", models.PositiveIntegerField(null=True, verbose_name="branches to draw")),
                ("stars", models.PositiveSmallIntegerField(null=True, verbose_name="candidates from so many stars on")),
                ("basis", models.TextField(verbose_name="list that it was made from")),
                ("digest", models.CharField(max_length=64, verbose_name="digest")),
                ("settled_at", models.DateTimeField(verbose_name="settled at")),
            ],
            options={
                "verbose_name": "scope of the review",
            },
        ),
        migrations.CreateModel(
            name="ScopeBranch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("drawn", "drawn"),
                            ("candidate", "candidate"),
                            ("open", "no preliminary result"),
                            ("hand", "added by hand"),
                        ],
                        max_length=10,
                        verbose_name="how it came on the list",
                    ),
                ),
                ("stratum", models.CharField(blank=True, max_length=80, verbose_name="group drawn from")),
                ("place", models.PositiveIntegerField(null=True, verbose_name="place in the draw")),
                ("total_up", models.BigIntegerField(null=True, verbose_name="preliminary total")),
                ("stars", models.PositiveSmallIntegerField(null=True, verbose_name="stars that it opens")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("added_at", models.DateTimeField(verbose_name="added at")),
            ],
            options={
                "verbose_name": "branch under review",
                "ordering": ["branch__code"],
            },
        ),
        migrations.AddField(
            model_name="cycle",
            name="candidate_stars",
            field=models.PositiveSmallIntegerField(null=True, verbose_name="candidates from so many stars on"),
        ),
        migrations.AddField(
            model_name="cycle",
            name="review_scope",
            field=models.CharField(
                choices=[
                    ("all", "every branch is reviewed"),
                    ("sample", "a drawn sample is reviewed"),
                    ("candidates", "candidates for the stars are reviewed"),
                ],
                default="all",
                max_length=10,
                verbose_name="scope of the review",
            ),
        ),
        migrations.AddField(
            model_name="cycle",
            name="sample_percent",
            field=models.PositiveSmallIntegerField(null=True, verbose_name="share of the sample in per cent"),
        ),
        migrations.AlterField(
            model_name="extension",
            name="step",
            field=models.CharField(
                choices=[
                    ("self", "self-assessment"),
                    ("poll", "poll"),
                    ("preliminary", "preliminary review"),
                    ("review", "review"),
                    ("ratification", "ratification"),
                    ("notice", "public notice"),
                ],
                default="self",
                max_length=15,
                verbose_name="step",
            ),
        ),
        migrations.AlterField(
            model_name="step",
            name="kind",
            field=models.CharField(
                choices=[
                    ("self", "self-assessment"),
                    ("poll", "poll"),
                    ("preliminary", "preliminary review"),
                    ("review", "review"),
                    ("ratification", "ratification"),
                    ("notice", "public notice"),
                ],
                max_length=15,
                verbose_name="step",
            ),
        ),
        migrations.AddConstraint(
            model_name="cycle",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("review_scope", "sample"), _negated=True),
                    models.Q(("sample_percent__gte", 1), ("sample_percent__lte", 99)),
                    _connector="OR",
                ),
                name="cycle_sample_has_share",
            ),
        ),
        migrations.AddConstraint(
            model_name="cycle",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("review_scope", "candidates"), _negated=True),
                    ("candidate_stars__gte", 1),
                    _connector="OR",
                ),
                name="cycle_candidates_have_stars",
            ),
        ),
        migrations.AddField(
            model_name="approvallist",
            name="cycle",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="approval_lists",
                to="assessments.cycle",
                verbose_name="cycle",
            ),
        ),
        migrations.AddField(
            model_name="approvallist",
            name="decided_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="approvallist",
            name="prepared_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="approvallist",
            name="team",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="assessments.team",
                verbose_name="team",
            ),
        ),
        migrations.AddField(
            model_name="listedsheet",
            name="approval_list",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="rows", to="assessments.approvallist"
            ),
        ),
        migrations.AddField(
            model_name="listedsheet",
            name="sheet",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="listings",
                to="assessments.sheet",
                verbose_name="sheet",
            ),
        ),
        migrations.AddField(
            model_name="reviewscope",
            name="cycle",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="scope",
                to="assessments.cycle",
                verbose_name="cycle",
            ),
        ),
        migrations.AddField(
            model_name="reviewscope",
            name="settled_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="scopebranch",
            name="added_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="scopebranch",
            name="branch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="branches.branch",
                verbose_name="branch",
            ),
        ),
        migrations.AddField(
            model_name="scopebranch",
            name="cycle",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="scope_branches",
                to="assessments.cycle",
                verbose_name="cycle",
            ),
        ),
        migrations.AddConstraint(
            model_name="approvallist",
            constraint=models.UniqueConstraint(fields=("cycle", "number"), name="approval_list_number_unique"),
        ),
        migrations.AddConstraint(
            model_name="approvallist",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "approved"), _negated=True),
                    models.Q(
                        ("decided_by__isnull", False), models.Q(("decided_by", models.F("prepared_by")), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="approval_list_four_eyes",
            ),
        ),
        migrations.AddIndex(
            model_name="listedsheet",
            index=models.Index(fields=["approval_list", "status"], name="listed_sheet_status"),
        ),
        migrations.AddConstraint(
            model_name="listedsheet",
            constraint=models.UniqueConstraint(fields=("approval_list", "sheet"), name="listed_sheet_unique"),
        ),
        migrations.AddConstraint(
            model_name="listedsheet",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "waiting")), fields=("sheet",), name="listed_sheet_one_waiting"
            ),
        ),
        migrations.AddConstraint(
            model_name="scopebranch",
            constraint=models.UniqueConstraint(fields=("cycle", "branch"), name="scope_branch_unique"),
        ),
        migrations.AddConstraint(
            model_name="scopebranch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("origin", "hand"), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="scope_hand_has_reason",
            ),
        ),
    ]
