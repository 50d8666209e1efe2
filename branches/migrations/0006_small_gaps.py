import django.db.models.deletion
from django.db import migrations, models

ONE_OF_THREE = (
    models.Q(("branch__isnull", False), ("organization", None), ("unit", None))
    | models.Q(("branch", None), ("organization__isnull", False), ("unit", None))
    | models.Q(("branch", None), ("organization", None), ("unit__isnull", False))
)


def _about(model):
    return models.ForeignKey(
        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="former_names", to=model
    )


class Migration(migrations.Migration):
    dependencies = [("branches", "0005_give_units_a_version")]

    operations = [
        migrations.CreateModel(
            name="FormerName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="former name")),
                ("until", models.DateTimeField(verbose_name="until")),
                ("branch", _about("branches.branch")),
                ("organization", _about("branches.organization")),
                ("unit", _about("branches.unit")),
            ],
            options={
                "verbose_name": "former name",
                "ordering": ["until"],
                "constraints": [models.CheckConstraint(condition=ONE_OF_THREE, name="former_name_of_one_thing")],
            },
        ),
    ]
