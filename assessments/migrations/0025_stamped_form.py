import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


def _person(label: str, **more: object) -> models.ForeignKey:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL,
        verbose_name=label, **more,
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0024_room_for_ranks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="StampedForm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "scan",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "not checked"),
                            ("waiting", "waiting for the malware check"),
                            ("passed", "checked"),
                            ("quarantined", "quarantined"),
                        ],
                        db_default="",
                        default="",
                        max_length=12,
                        verbose_name="check for malware",
                    ),
                ),
                (
                    "scan_note",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=200, verbose_name="what was found"
                    ),
                ),
                ("taken_down_at", models.DateTimeField(null=True, verbose_name="taken down at")),
                (
                    "taken_down_reason",
                    models.CharField(blank=True, db_default="", default="", max_length=200, verbose_name="reason"),
                ),
                ("name", models.CharField(max_length=200, verbose_name="file name")),
                ("key", models.CharField(max_length=100, unique=True, verbose_name="storage key")),
                ("content_type", models.CharField(max_length=100, verbose_name="type")),
                ("size", models.PositiveIntegerField(verbose_name="size in bytes")),
                ("sha256", models.CharField(db_index=True, max_length=64, verbose_name="SHA-256")),
                ("uploaded_at", models.DateTimeField(verbose_name="uploaded at")),
                ("withdrawn_at", models.DateTimeField(null=True, verbose_name="withdrawn at")),
                (
                    "withdrawn_reason",
                    models.CharField(blank=True, max_length=200, verbose_name="reason for the withdrawal"),
                ),
                (
                    "sheet",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stamped",
                        to="assessments.sheet",
                        verbose_name="sheet",
                    ),
                ),
                ("taken_down_by", _person("taken down by", null=True)),
                ("uploaded_by", _person("uploaded by")),
                ("withdrawn_by", _person("withdrawn by", null=True)),
            ],
            options={
                "verbose_name": "stamped score form",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_reason="")
                        | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_reason=""),
                        name="stamped_form_withdrawn_with_reason",
                    ),
                    models.UniqueConstraint(
                        fields=["sheet", "sha256"], condition=Q(withdrawn_at=None), name="stamped_form_once_on_sheet"
                    ),
                ],
            },
        ),
    ]
