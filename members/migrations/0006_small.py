"""Small gaps."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("members", "0005_reminders")]
    operations: list = []
