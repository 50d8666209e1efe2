from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("branches", "0004_encrypt_telephone_numbers")]

    operations = [
        migrations.AddField(
            model_name="unit",
            name="version",
            field=models.PositiveIntegerField(default=1, verbose_name="version"),
        ),
    ]
