from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("assessments", "0011_add_workbook_uploads")]

    operations: list = []
