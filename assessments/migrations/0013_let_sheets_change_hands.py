from django.db import migrations, models


class Migration(migrations.Migration):
    """What the set-up pages edit carries a version, as sheets and marks do; handing over itself needs no column."""

    dependencies = [("assessments", "0012_check_evidence")]

    operations = [
        migrations.AddField(
            model_name="cycle",
            name="version",
            field=models.PositiveIntegerField(default=1, verbose_name="version"),
        ),
        migrations.AddField(
            model_name="team",
            name="version",
            field=models.PositiveIntegerField(default=1, verbose_name="version"),
        ),
        migrations.AddField(
            model_name="yearplan",
            name="version",
            field=models.PositiveIntegerField(default=1, verbose_name="version"),
        ),
    ]
