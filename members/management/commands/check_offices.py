"""`manage.py check_offices`: whether the three administrators are three people without a scoring office."""

from django.core.management.base import BaseCommand, CommandError

from members.offices import findings


class Command(BaseCommand):
    help = "Names who holds offices that exclude each other, and superusers; exit code 1 when there is one."

    def handle(self, *args: object, **options: object) -> None:
        found = findings()
        for sentence in found:
            self.stderr.write(sentence)
        if found:
            raise CommandError(f"{len(found)} findings. End one office of each pair, or take the flag away.")
        self.stdout.write("The offices are apart: no superuser, nobody holds two that exclude each other.")
