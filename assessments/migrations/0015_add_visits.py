import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0014_add_polls"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="assignment",
            name="inspector",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="assignments",
                to=settings.AUTH_USER_MODEL,
                verbose_name="inspector in charge",
            ),
        ),
        migrations.AddField(
            model_name="teammembership",
            name="office",
            field=models.CharField(blank=True, max_length=40, verbose_name="scores for"),
        ),
        migrations.CreateModel(
            name="ComponentScore",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=12, verbose_name="component")),
                ("score_up", models.BigIntegerField(verbose_name="score")),
                ("origin", models.CharField(blank=True, max_length=200, verbose_name="where it comes from")),
                ("entered_at", models.DateTimeField(verbose_name="entered at")),
                (
                    "entered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "sheet",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="component_scores",
                        to="assessments.sheet",
                    ),
                ),
            ],
            options={
                "verbose_name": "component score",
                "constraints": [
                    models.UniqueConstraint(fields=("sheet", "source"), name="component_score_unique"),
                ],
            },
        ),
    ]
