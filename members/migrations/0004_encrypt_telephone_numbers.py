import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import branchportal.encrypting
import branchportal.personal

PLAIN = [branchportal.personal.NoPersonalNumbers()]
CHOICES = [("asked", "asked for"), ("done", "carried out"), ("refused", "refused")]

ENDINGS = [
    ("signed_out", "signed out"),
    ("idle", "left idle"),
    ("too_long", "longest time reached"),
    ("ended", "ended by a person"),
    ("credentials", "password or second factor changed"),
    ("rights", "office given or ended, account deactivated"),
]


def person(verbose_name: str, **fields: object) -> models.ForeignKey:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        django.db.models.deletion.PROTECT,
        related_name="+",
        verbose_name=verbose_name,
        **fields,
    )


class Migration(migrations.Migration):
    """The column is widened first, then its values encrypted; repeated after a break, what is done is left alone."""

    dependencies = [("members", "0003_add_api_tokens")]

    operations = [
        migrations.AlterField("member", "name", models.CharField(max_length=40, validators=PLAIN, verbose_name="name")),
        migrations.AlterField(
            "member", "number", models.CharField(max_length=20, validators=PLAIN, verbose_name="number")
        ),
        migrations.AlterField(
            "member",
            "post",
            models.CharField(blank=True, max_length=40, validators=PLAIN, verbose_name="post in the branch"),
        ),
        migrations.AlterField("user", "name", models.CharField(max_length=40, validators=PLAIN, verbose_name="name")),
        migrations.AlterField(
            "user",
            "username",
            models.CharField(max_length=40, unique=True, validators=PLAIN, verbose_name="account"),
        ),
        migrations.AlterField(
            "user", "phone", branchportal.personal.PhoneField(blank=True, verbose_name="office telephone")
        ),
        migrations.AlterField(
            "signin",
            "ended_why",
            models.CharField(blank=True, choices=ENDINGS, max_length=12, verbose_name="end"),
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("status", models.CharField(choices=CHOICES, default="asked", max_length=10, verbose_name="status")),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("requested_at", models.DateTimeField(verbose_name="asked for at")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided at")),
                ("decision_note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                ("report", models.JSONField(default=dict, verbose_name="report")),
                ("decided_by", person("decided by", null=True)),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="erasures",
                        to="members.member",
                        verbose_name="member",
                    ),
                ),
                ("requested_by", person("asked for by")),
            ],
            options={
                "verbose_name": "erasure",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status", "asked")), fields=("member",), name="one_erasure_open_for_member"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("decided_by", None)) | ~models.Q(("decided_by", models.F("requested_by"))),
                        name="erasure_needs_two_people",
                    ),
                ],
            },
        ),
        migrations.RunPython(*branchportal.encrypting.of_migration("members.user", "phone")),
    ]
