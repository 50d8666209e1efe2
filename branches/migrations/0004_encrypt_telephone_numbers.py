from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("branches", "0003_import_job")]

    operations: list = []
