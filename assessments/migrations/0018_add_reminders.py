from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("assessments", "0017_add_notices_and_objections")]

    operations: list = []
