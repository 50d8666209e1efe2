"""`manage.py rotate_keys`: every encrypted column under the first key and today's cipher."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from branchportal import audit, crypto, encrypting
from branchportal.models import Job


class Command(BaseCommand):
    help = (
        "Encrypts personal data anew under the first key of FIELD_KEYS. It works in portions beside running processes "
        "and may be repeated after a break. Old keys may be taken away when --check names none of them any more."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--new", action="store_true", help="first put a new key in front (file of keys only)")
        parser.add_argument("--check", action="store_true", help="change nothing; say which keys are in use")

    def handle(self, *args: object, new: bool, check: bool, **options: object) -> None:
        if new and not check:
            self.stdout.write(f"new key: {crypto.renew_file_key(Path(settings.FIELD_KEYS_FILE))}")
        total = 0
        for field in encrypting.encrypted_fields():
            if not check:
                try:
                    total += encrypting.turn_field(field, encrypting.renew)
                except crypto.UnreadableError as fault:
                    raise CommandError(f"{field}: {fault} Put the missing key back, then repeat.") from fault
            used = ", ".join(f"{head} {count}" for head, count in sorted(encrypting.heads(field).items()))
            self.stdout.write(f"{field}: {used or 'empty'}")
        if total:
            audit.record(None, "account.keys_rotated", Job(pk=0, title="FIELD_KEYS"), after={"values": total})
        if not check:
            self.stdout.write(f"{total} values encrypted anew under {crypto.current_head()}.")
