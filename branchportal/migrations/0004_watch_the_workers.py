from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("branchportal", "0003_answer_repeated_requests")]

    operations: list = []
