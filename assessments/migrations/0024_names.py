"""What lists and notices say."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("assessments", "0023_marks")]
    operations: list = []
