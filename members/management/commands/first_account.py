"""`manage.py first_account NAME --role ADMIN`: the first three administrators of a new portal."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from branchportal.errors import PortalError
from members.roles import THREE_OFFICES
from members.services.founding import found_account


class Command(BaseCommand):
    help = "Makes the account of the first system administrator, security administrator or auditor."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="account name")
        parser.add_argument("--name", default="", help="the person's name (default: the account name)")
        parser.add_argument("--role", required=True, choices=sorted(str(role.value) for role in THREE_OFFICES))

    def handle(self, *args: object, username: str, name: str, role: str, **options: object) -> None:
        try:
            slip = found_account(username=username, name=name or username, role=role)
        except PortalError as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"{slip.user.username}  {slip.password}")
