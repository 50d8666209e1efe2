from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("assessments", "0020_schemes_of_sectors")]

    operations = []
