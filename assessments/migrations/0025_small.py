"""Parts of a reopening; guards of the review scope."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("assessments", "0024_names")]
    operations: list = []
