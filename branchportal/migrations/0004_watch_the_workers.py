from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("branchportal", "0003_answer_repeated_requests"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Schedule",
            fields=[
                ("name", models.CharField(max_length=120, primary_key=True, serialize=False, verbose_name="name")),
                ("ran_at", models.DateTimeField(verbose_name="last begun")),
            ],
        ),
        migrations.AddField(
            model_name="job",
            name="fault",
            field=models.CharField(blank=True, max_length=100, verbose_name="fault"),
        ),
        migrations.AddField(
            model_name="job",
            name="not_before",
            field=models.DateTimeField(null=True, verbose_name="not before"),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(fields=["status", "-id"], name="job_status"),
        ),
    ]
