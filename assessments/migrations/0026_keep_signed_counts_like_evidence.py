"""Signed counting sheets join the common store of files: malware check, taking down, verification of their digest.

Old rows begin as “not checked”, like evidence from before a scanner: the hourly care checks them where one is set up,
and their digest was stored from the start, so the nightly verification covers them at once.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0025_stamped_form"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="scan",
            name="scan",
            field=models.CharField(
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
        migrations.AddField(
            model_name="scan",
            name="scan_note",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=200, verbose_name="what was found"
            ),
        ),
        migrations.AddField(
            model_name="scan",
            name="taken_down_at",
            field=models.DateTimeField(null=True, verbose_name="taken down at"),
        ),
        migrations.AddField(
            model_name="scan",
            name="taken_down_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="taken down by",
            ),
        ),
        migrations.AddField(
            model_name="scan",
            name="taken_down_reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=200, verbose_name="reason"),
        ),
        migrations.AlterField(
            model_name="scan",
            name="sha256",
            field=models.CharField(db_index=True, max_length=64, verbose_name="SHA-256"),
        ),
    ]
