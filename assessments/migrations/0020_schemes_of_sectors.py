from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("assessments", "0019_scope_of_review")]

    operations = []
