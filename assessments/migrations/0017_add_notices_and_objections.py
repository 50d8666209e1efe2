from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("assessments", "0016_plan_the_year")]

    operations: list = []
