"""Parts of a reopening; messages about what is assigned."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assessments", "0022_small_gaps")]

    operations = [
        migrations.AddField(
            model_name="reopening",
            name="is_partial",
            field=models.BooleanField(default=False, verbose_name="granted in part"),
        ),
        migrations.AddField(
            model_name="reopening",
            name="opens_claims",
            field=models.BooleanField(default=True, verbose_name="opens bonus claims and records"),
        ),
        migrations.CreateModel(
            name="ReopenedIndicator",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "indicator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="assessments.indicator"
                    ),
                ),
                (
                    "reopening",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="opened",
                        to="assessments.reopening",
                    ),
                ),
            ],
            options={
                "verbose_name": "reopened indicator",
                "constraints": [
                    models.UniqueConstraint(fields=("reopening", "indicator"), name="reopened_indicator_unique")
                ],
            },
        ),
        migrations.AlterField(
            model_name="message",
            name="matter",
            field=models.CharField(
                choices=[
                    ("due", "due soon"),
                    ("overdue", "overdue"),
                    ("returned", "returned"),
                    ("notice", "notice opened"),
                    ("answered", "objection answered"),
                    ("assigned", "assigned"),
                ],
                max_length=10,
                verbose_name="matter",
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="task",
            field=models.CharField(
                choices=[
                    ("self", "self-assessment"),
                    ("correct", "correction of a returned sheet"),
                    ("preliminary", "preliminary review"),
                    ("review", "review"),
                    ("rectify", "rectification"),
                    ("notice", "public notice"),
                    ("objection", "objection"),
                    ("visit", "on-site visits"),
                    ("count", "counting of paper ballots"),
                    ("confirm", "confirming counts of paper ballots"),
                ],
                max_length=12,
                verbose_name="task",
            ),
        ),
    ]
