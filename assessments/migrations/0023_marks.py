"""Departments give marks of their own."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("assessments", "0022_small_gaps")]
    operations: list = []
