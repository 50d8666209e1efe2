from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("assessments", "0013_let_sheets_change_hands")]

    operations: list = []
