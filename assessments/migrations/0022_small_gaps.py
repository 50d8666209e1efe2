import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL), ("assessments", "0021_reminders")]

    operations = [
        migrations.AddField(
            model_name="visitfile",
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
            model_name="visitfile",
            name="scan_note",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=200, verbose_name="what was found"
            ),
        ),
        migrations.AddField(
            model_name="visitfile",
            name="taken_down_at",
            field=models.DateTimeField(null=True, verbose_name="taken down at"),
        ),
        migrations.AddField(
            model_name="visitfile",
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
            model_name="visitfile",
            name="taken_down_reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=200, verbose_name="reason"),
        ),
        migrations.AddField(
            model_name="extension",
            name="granted_until",
            field=models.DateTimeField(null=True, verbose_name="granted until"),
        ),
    ]
