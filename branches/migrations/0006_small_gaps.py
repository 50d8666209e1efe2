from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("branches", "0005_give_units_a_version")]

    operations = []
