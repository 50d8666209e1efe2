from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("branchportal", "0002_chain_the_audit_trail")]

    operations: list = []
