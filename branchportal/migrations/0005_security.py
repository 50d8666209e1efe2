from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("branchportal", "0004_watch_the_workers")]

    operations = []
