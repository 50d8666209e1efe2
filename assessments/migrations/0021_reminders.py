import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0020_schemes_of_sectors"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Mail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(verbose_name="day")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting for release"),
                            ("released", "released, to be sent"),
                            ("sending", "being sent"),
                            ("sent", "sent"),
                            ("unsure", "unsure whether it was sent"),
                            ("failed", "refused by the mail server"),
                            ("dropped", "dropped"),
                            ("cancelled", "cancelled: nothing in it holds any longer"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
                ("created_at", models.DateTimeField(verbose_name="written at")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="released or dropped at")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("not_before", models.DateTimeField(null=True, verbose_name="not before")),
                ("fault", models.CharField(blank=True, max_length=20, verbose_name="fault")),
                ("claimed_at", models.DateTimeField(null=True, verbose_name="claimed at")),
                ("sent_at", models.DateTimeField(null=True, verbose_name="sent at")),
                ("subject", models.CharField(blank=True, max_length=200, verbose_name="subject")),
                ("body", models.TextField(blank=True, verbose_name="text")),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mails",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="to",
                    ),
                ),
            ],
            options={
                "verbose_name": "mail",
                "ordering": ["-day", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "matter",
                    models.CharField(
                        choices=[
                            ("due", "due soon"),
                            ("overdue", "overdue"),
                            ("returned", "returned"),
                            ("notice", "notice opened"),
                            ("answered", "objection answered"),
                        ],
                        max_length=10,
                        verbose_name="matter",
                    ),
                ),
                (
                    "task",
                    models.CharField(
                        choices=[
                            ("self", "self-assessment"),
                            ("correct", "correction of a returned sheet"),
                            ("preliminary", "preliminary review"),
                            ("review", "review"),
                            ("rectify", "rectification"),
                            ("notice", "public notice"),
                            ("objection", "objection"),
                        ],
                        max_length=12,
                        verbose_name="task",
                    ),
                ),
                ("subject_id", models.BigIntegerField(verbose_name="subject")),
                ("on", models.DateField(verbose_name="date")),
                ("days", models.PositiveSmallIntegerField(default=0, verbose_name="days before")),
                ("label", models.CharField(max_length=200, verbose_name="what it is about")),
                ("number", models.PositiveIntegerField(default=1, verbose_name="how many")),
                ("created_at", models.DateTimeField(verbose_name="written at")),
                ("read_at", models.DateTimeField(null=True, verbose_name="read at")),
                (
                    "void",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("moved", "the date was moved"),
                            ("settled", "settled meanwhile, or no longer yours"),
                            ("passed", "the date has passed"),
                        ],
                        default="",
                        max_length=10,
                        verbose_name="holds no longer because",
                    ),
                ),
                (
                    "mail",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="messages",
                        to="assessments.mail",
                        verbose_name="mail",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reminders",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="to",
                    ),
                ),
            ],
            options={
                "verbose_name": "message",
                "ordering": ["-id"],
            },
        ),
        migrations.AddIndex(
            model_name="mail",
            index=models.Index(fields=["status", "id"], name="mail_status"),
        ),
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.UniqueConstraint(fields=("user", "day"), name="mail_one_a_day"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["user", "-id"], name="message_of_user"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(condition=models.Q(("void", "")), fields=["id"], name="message_live"),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                fields=("user", "matter", "task", "subject_id", "on", "days"), name="message_told_once"
            ),
        ),
    ]
