import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("branchportal", "0002_chain_the_audit_trail"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RepeatedRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=80, verbose_name="key")),
                ("digest", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("at", models.DateTimeField(db_index=True, verbose_name="time")),
                ("status", models.PositiveSmallIntegerField(default=0, verbose_name="status")),
                ("kind", models.CharField(blank=True, max_length=100, verbose_name="type")),
                ("location", models.CharField(blank=True, max_length=500, verbose_name="address")),
                ("body", models.BinaryField(default=b"", verbose_name="answer")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user", "key"), name="repeated_request_unique")],
            },
        ),
    ]
