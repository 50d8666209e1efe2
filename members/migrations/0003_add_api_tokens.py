import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("branches", "0001_first"),
        ("members", "0002_keep_accounts_safe"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="service")),
                ("purpose", models.CharField(max_length=200, verbose_name="purpose")),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("hint", models.CharField(max_length=10, verbose_name="begins with")),
                ("expires_on", models.DateField(verbose_name="valid until")),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                ("revoked_at", models.DateTimeField(null=True, verbose_name="revoked at")),
                ("last_used_on", models.DateField(null=True, verbose_name="last used on")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "revoked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"verbose_name": "API token", "ordering": ["-created_at", "-pk"]},
        ),
        migrations.CreateModel(
            name="ApiGrant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reading",
                    models.CharField(
                        choices=[
                            ("units.read", "branches and organizations"),
                            ("schemes.read", "schemes in use"),
                            ("sheets.read", "sheets from their submission on"),
                            ("results.read", "published results"),
                            ("health.read", "state of the portal"),
                        ],
                        max_length=20,
                        verbose_name="may read",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="branches.organization",
                    ),
                ),
                (
                    "token",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="grants", to="members.apitoken"
                    ),
                ),
            ],
            options={"verbose_name": "right of an API token", "ordering": ["token_id", "reading"]},
        ),
        migrations.AddConstraint(
            model_name="apitoken",
            constraint=models.UniqueConstraint(
                condition=models.Q(("revoked_at", None)), fields=("name",), name="api_token_name_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="apitoken",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("revoked_at", None), ("revoked_by", None)),
                    models.Q(("revoked_at__isnull", False), ("revoked_by__isnull", False)),
                    _connector="OR",
                ),
                name="api_token_revoked_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="apigrant",
            constraint=models.UniqueConstraint(fields=("token", "reading"), name="api_grant_once"),
        ),
    ]
