from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("assessments", "0015_add_visits")]

    operations: list = []
