from django.db import migrations, models

import branchportal.crypto
import branchportal.encrypting
import branchportal.personal

PLAIN = [branchportal.personal.NoPersonalNumbers()]


class Migration(migrations.Migration):
    """Columns are widened first, then their values encrypted; repeated after a break, what is done is left alone."""

    dependencies = [("branches", "0003_import_job")]

    operations = [
        migrations.AlterField(
            "branch", "contact", models.CharField(blank=True, max_length=40, validators=PLAIN, verbose_name="contact")
        ),
        migrations.AlterField(
            "branch", "phone", branchportal.personal.PhoneField(blank=True, verbose_name="office telephone")
        ),
        migrations.AlterField("importupload", "rows", branchportal.crypto.EncryptedJSONField(verbose_name="rows")),
        migrations.AlterField(
            "organization",
            "contact",
            models.CharField(blank=True, max_length=40, validators=PLAIN, verbose_name="contact"),
        ),
        migrations.AlterField(
            "organization", "phone", branchportal.personal.PhoneField(blank=True, verbose_name="office telephone")
        ),
        migrations.RunPython(*branchportal.encrypting.of_migration("branches.branch", "phone")),
        migrations.RunPython(*branchportal.encrypting.of_migration("branches.organization", "phone")),
        migrations.RunPython(*branchportal.encrypting.of_migration("branches.importupload", "rows")),
    ]
