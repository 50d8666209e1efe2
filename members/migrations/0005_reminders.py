from django.db import migrations, models

import branchportal.mailing


class Migration(migrations.Migration):
    dependencies = [("members", "0004_encrypt_telephone_numbers")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="mail",
            field=branchportal.mailing.MailField(blank=True, null=True, verbose_name="mail address"),
        ),
        migrations.AddField(
            model_name="user",
            name="unread_count",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="unread messages"),
        ),
    ]
