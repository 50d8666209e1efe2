from django.db import migrations, models

import branchportal.crypto


def _encrypt(apps, editor):
    rows = apps.get_model("branchportal", "RepeatedRequest").objects.using(editor.connection.alias)
    for row in rows.exclude(body=b"").iterator():
        row.answer = bytes(row.body).decode("utf-8", "replace")
        row.save(update_fields=["answer"])


def _open(apps, editor):
    rows = apps.get_model("branchportal", "RepeatedRequest").objects.using(editor.connection.alias)
    for row in rows.iterator():
        row.body = row.answer.encode()
        row.save(update_fields=["body"])


class Migration(migrations.Migration):
    dependencies = [("branchportal", "0004_watch_the_workers")]

    operations = [
        migrations.CreateModel(
            name="RequestCount",
            fields=[
                ("name", models.CharField(max_length=60, primary_key=True, serialize=False, verbose_name="name")),
                ("stretch", models.BigIntegerField(verbose_name="stretch of time")),
                ("count", models.PositiveIntegerField(default=0, verbose_name="requests")),
            ],
        ),
        migrations.AddField(
            model_name="repeatedrequest",
            name="answer",
            field=branchportal.crypto.EncryptedField(default="", verbose_name="answer"),
        ),
        migrations.RunPython(_encrypt, _open),
        migrations.RemoveField(model_name="repeatedrequest", name="body"),
    ]
