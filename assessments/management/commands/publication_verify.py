"""`manage.py publication_verify [--all]`: compute publications again from their sealed inputs and compare digests."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assessments.results.models import Publication
from assessments.results.verifying import publication_problems


class Command(BaseCommand):
    help = "Verifies publications; exit 0 and a count, or exit 1 and what is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("publication", nargs="*", type=int, help="numbers of publications; default: those in force")
        parser.add_argument("--all", action="store_true", help="also prepared, superseded and returned ones")

    def handle(self, *args: object, **options: object) -> None:
        rows = Publication.objects.select_related("tally__plan__scheme_version__scheme", "tally__cycle__plan").order_by(
            "pk"
        )
        if options["publication"]:
            rows = rows.filter(pk__in=options["publication"])
        elif not options["all"]:
            rows = rows.filter(status=Publication.Status.PUBLISHED)
        wrong, count = [], 0
        for publication in rows.iterator(chunk_size=50):
            count += 1
            problems = publication_problems(publication)
            wrong += [f"{publication.pk} {publication}: {problem}" for problem in problems]
        if wrong:
            raise CommandError("\n".join(wrong))
        self.stdout.write(f"{count} publications verified")
