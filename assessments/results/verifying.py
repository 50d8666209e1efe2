"""Whether a stored tally still follows from what was sealed: everything is computed again, nothing is believed."""

from collections.abc import Iterator
from operator import itemgetter

from django.utils.translation import gettext as _

from branchportal.errors import PortalError

from ..sheets.freezing import sheet_digest
from .computing import compute
from .digests import RESULT_FIELDS, decision_content, input_parts, results_text, tally_digest
from .models import Publication, Result, Tally
from .yearly import decisions_of, inputs_again


def publication_problems(publication: Publication) -> list[str]:
    """Everything that is wrong with a publication, as sentences; empty when it verifies."""
    found = list(tally_problems(publication.tally))
    if publication.digest != publication.tally.digest:
        found.append(_("The digest of the publication is not the digest of its tally."))
    return found


def tally_problems(tally: Tally) -> Iterator[str]:
    """Sealed sheets against their digests, results against the engine, stored rows against the tally's digest."""
    yield from _changed_sheets(tally)
    try:
        inputs = inputs_again(tally)
    except (PortalError, ValueError, KeyError) as error:
        yield _("Its inputs can no longer be read: %(error)s") % {"error": error}
        return
    decisions = decisions_of(tally)
    if compute(inputs, decisions, engine=tally.engine_version).digest != tally.digest:
        yield _("Computing it again from the sealed sheets gives another digest.")
    parts = input_parts(inputs, tally.engine_version)
    said = [
        decision_content(entry.code, decisions[entry.branch_id].stars, decisions[entry.branch_id].reason)
        for entry in inputs.entries
        if entry.branch_id in decisions
    ]
    if tally_digest(parts, said, stored_results(tally)) != tally.digest:
        yield _("The stored results were changed after the tally.")


def stored_results(tally: Tally) -> bytes:
    """The results as they stand in the database, as the digest reads them."""
    rows = Result.objects.filter(tally=tally).order_by().values_list("branch__code", "dimensions", *RESULT_FIELDS)
    codes, dimensions, *columns = zip(*sorted(rows, key=itemgetter(0)), strict=True)
    return results_text(codes, dict(zip(RESULT_FIELDS, columns, strict=True)), list(map(bytes, dimensions)))


def _changed_sheets(tally: Tally) -> Iterator[str]:
    rows = Result.objects.filter(tally=tally, sheet__frozen__isnull=False).values_list(
        "branch__code", "sheet__scheme_version__digest", "sheet__cycle__plan__year", "sheet__cycle__period",
        "sheet__revision", "sheet__frozen", "sheet__frozen_claims", "sheet__digest",
    )  # fmt: skip
    for code, scheme, year, period, revision, marks, claims, digest in rows.iterator(chunk_size=2000):
        if sheet_digest(scheme, code, f"{year}{period}", revision, bytes(marks), claims) != digest:
            yield _("The sealed sheet of branch %(branch)s was changed.") % {"branch": code}
