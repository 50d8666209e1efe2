from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("assessments", "0012_check_evidence")]

    operations: list = []
