import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assessments", "0019_scope_of_review")]

    operations = [
        migrations.CreateModel(
            name="PlanScheme",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sector_schemes",
                        to="assessments.yearplan",
                        verbose_name="year plan",
                    ),
                ),
                (
                    "scheme_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="assessments.schemeversion",
                        verbose_name="scheme",
                    ),
                ),
                (
                    "sector",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="branches.sector",
                        verbose_name="sector",
                    ),
                ),
            ],
            options={"verbose_name": "scheme of a sector"},
        ),
        migrations.AddConstraint(
            model_name="planscheme",
            constraint=models.UniqueConstraint(fields=("plan", "sector"), name="plan_scheme_unique"),
        ),
        migrations.AddField(
            model_name="yearplan",
            name="is_by_sector",
            field=models.BooleanField(default=False, verbose_name="sectors have schemes of their own"),
        ),
        migrations.AddField(
            model_name="tally",
            name="version_count",
            field=models.PositiveSmallIntegerField(default=1, verbose_name="scheme versions"),
        ),
        migrations.RemoveConstraint(model_name="quotaline", name="quota_line_unique"),
        migrations.AddField(
            model_name="quotaline",
            name="scheme_version",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="assessments.schemeversion",
            ),
        ),
        migrations.AddConstraint(
            model_name="quotaline",
            constraint=models.UniqueConstraint(
                fields=("tally", "stars", "group", "scheme_version"), name="quota_line_unique"
            ),
        ),
    ]
