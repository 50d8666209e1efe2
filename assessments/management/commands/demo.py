"""`manage.py demo`: the demonstration city in an empty database; with data there it only prints the accounts."""

import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from assessments.demo import seed
from assessments.demo.accounts import account_lines
from branches.models import Branch
from members.models import User


class Command(BaseCommand):
    help = "Seeds the invented demonstration city once and prints one account per role (PORTAL_DEMO=1 only)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--quiet", action="store_true", help="do not print the accounts")

    def handle(self, *args: object, **options: object) -> None:
        if not settings.DEMO:
            raise CommandError("The demonstration has known passwords. Set PORTAL_DEMO=1: no real data here.")
        if not Branch.objects.exists():
            if User.objects.exists():
                raise CommandError("This database has accounts already. The demonstration needs an empty one.")
            self._seed()
        if not options["quiet"]:
            self.stdout.write("\n".join(account_lines()))

    def _seed(self) -> None:
        began = time.monotonic()
        with translation.override(settings.LANGUAGE_CODE):
            seed.seed(seed.today(), lambda line: self.stdout.write(f"  {time.monotonic() - began:5.1f} s  {line}"))
