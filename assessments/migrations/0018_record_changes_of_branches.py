import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0017_add_notices_and_objections"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BranchChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("merged", "merged into another branch"),
                            ("split", "a new branch split off"),
                            ("dissolved", "dissolved"),
                        ],
                        max_length=10,
                        verbose_name="what happens",
                    ),
                ),
                ("happens_on", models.DateField(verbose_name="on")),
                ("document", models.CharField(max_length=200, verbose_name="document")),
                (
                    "status",
                    models.CharField(
                        choices=[("asked", "put forward"), ("granted", "confirmed"), ("refused", "refused")],
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
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "branch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="branches.branch",
                        verbose_name="branch",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes_from",
                        to="branches.branch",
                        verbose_name="other branch",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of a branch",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "dissolved"), ("other", None)),
                            models.Q(models.Q(("kind", "dissolved"), _negated=True), ("other__isnull", False)),
                            _connector="OR",
                        ),
                        name="branch_change_has_other",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("other", None), models.Q(("other", models.F("branch")), _negated=True), _connector="OR"
                        ),
                        name="branch_change_not_itself",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", None),
                            models.Q(("decided_by", models.F("asked_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="branch_change_four_eyes",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "asked")), fields=("branch",), name="branch_change_one_open"
                    ),
                ],
            },
        ),
    ]
