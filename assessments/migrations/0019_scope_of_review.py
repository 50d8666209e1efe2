from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("assessments", "0018_record_changes_of_branches")]

    operations = []
