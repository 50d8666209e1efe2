import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assessments", "0015_add_visits"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="Extension",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("self", "self-assessment"),
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
                ("was_until", models.DateTimeField(verbose_name="deadline so far")),
                ("until", models.DateTimeField(verbose_name="extended until")),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
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
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "cycle",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="extensions",
                        to="assessments.cycle",
                        verbose_name="cycle",
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
                    "sheet",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="extensions",
                        to="assessments.sheet",
                    ),
                ),
            ],
            options={
                "verbose_name": "extension",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until__gt", models.F("was_until"))), name="extension_is_later"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", None),
                            models.Q(("decided_by", models.F("asked_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="extension_four_eyes",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("sheet__isnull", False), ("status", "asked")),
                        fields=("sheet",),
                        name="extension_one_per_sheet",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("sheet", None), ("status", "asked")),
                        fields=("cycle", "step"),
                        name="extension_one_per_step",
                    ),
                ],
            },
        ),
    ]
