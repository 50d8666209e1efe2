"""A tally made official: prepared by the office, published or sent back by the deciding authority."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError, StaleState

from ...cycles.models import Cycle
from ...sheets.services.approving import seal_sheets
from .. import rules
from ..checks import blocking
from ..models import Publication, Tally
from ..verifying import publication_problems

if TYPE_CHECKING:
    from members.models import User

SHORTEST_REASON = 5


def prepare_publication(
    *,
    tally: Tally,
    actor: "User",
    digest: str,
    title: str,
    document_number: str = "",
    note: str = "",
    at: datetime | None = None,
) -> Publication:
    """Put a settled candidate before the deciding authority. Missing branches must be explained in the note.

    `digest` is the one that the person saw. Raises: PermissionDenied; PortalError with what is unmet; StaleState.
    """
    require(rules.can_prepare(actor, tally))
    title, note = title.strip(), note.strip()
    if not title:
        raise PortalError(_("Give the publication a title."))
    if tally.missing_count and len(note) < SHORTEST_REASON:
        raise PortalError(
            _("%(count)d branches have no total. Say why in the note before preparing the publication.")
            % {"count": tally.missing_count}
        )
    require_checks(tally)
    with transaction.atomic():
        lock_tally(tally, digest)
        require(rules.can_prepare(actor, tally))  # somebody else may have been faster until the lock
        publication = Publication.objects.create(
            tally=tally,
            version=_next_version(tally),
            title=title[:200],
            document_number=document_number.strip()[:60],
            note=note,
            digest=digest,
            prepared_by=actor,
            prepared_at=at or timezone.now(),
        )
        after = {"title": publication.title, "version": publication.version, "digest": digest}
        audit.record(actor, "publication.prepared", publication, after=after, note=note)
    return publication


def publish(
    *, publication: Publication, actor: "User", document_number: str = "", at: datetime | None = None
) -> Publication:
    """Make it official: results become visible, sheets are sealed, the cycle closes, an earlier version is superseded.

    A rating is on notice before, and its notice is over and every objection answered. `document_number` replaces the
    prepared one. Everything is computed again first. Raises: PermissionDenied; PortalError; StaleState.
    """
    require(rules.can_publish(actor, publication))
    tally, was = publication.tally, publication.status
    require_checks(tally, "final", at)
    if problems := publication_problems(publication):
        raise PortalError(
            _("The results cannot be published: %(problem)s") % {"problem": problems[0]}, problems=problems
        )
    with transaction.atomic():
        lock_tally(tally, publication.digest)
        Publication.objects.select_for_update().get(pk=publication.pk)  # as raising an objection does
        if late := tally.publications.filter(notice__objections__status="open").count():  # raised until the lock
            text = _("%(count)d objections wait for an answer of the deciding authority.")
            raise StaleState(text % {"count": late})
        number = document_number.strip()[:60] or publication.document_number
        said = {"published_by": actor, "published_at": at or timezone.now(), "document_number": number}
        _move(publication, Publication.Status.PUBLISHED, **said)
        _supersede_earlier(tally, actor)
        Tally.objects.filter(pk=tally.pk).update(status=Tally.Status.PUBLISHED)
        after = {"digest": publication.digest, "version": publication.version}
        audit.record(actor, "publication.published", publication, before={"status": was}, after=after)
        if tally.cycle:
            seal_sheets(cycle=tally.cycle, actor=actor)
            _close(tally.cycle, actor)
    publication.refresh_from_db()
    return publication


def send_back(*, publication: Publication, actor: "User", reason: str) -> Publication:
    """Return a prepared publication to the office; the tally stays a candidate."""
    require(rules.can_send_back(actor, publication))
    reason = reason.strip()
    if len(reason) < SHORTEST_REASON:
        raise PortalError(_("Give a reason of at least %(count)d characters.") % {"count": SHORTEST_REASON})
    with transaction.atomic():
        _move(publication, Publication.Status.REJECTED, sent_back_reason=reason[:300])
        audit.record(actor, "publication.sent_back", publication, before={"status": "prepared"}, note=reason)
    publication.refresh_from_db()
    return publication


def require_checks(tally: Tally, step: str = "prepare", at: datetime | None = None) -> None:
    """Raises PortalError with every line of the step's check list (`checks.STEPS`) that is unmet."""
    if unmet := blocking(tally, step, at):
        raise PortalError(
            _("This tally cannot be published. Unmet: %(unmet)s") % {"unmet": " ".join(unmet)}, unmet=unmet
        )


def lock_tally(tally: Tally, digest: str) -> None:
    """Take the tally's row; it must still stand as it was seen."""
    if not Tally.objects.filter(pk=tally.pk, status=tally.status, digest=digest, undecided_count=0).update(
        status=tally.status
    ):
        raise StaleState(_("The tally was settled anew or replaced meanwhile. Reload the page and look again."))


def _move(publication: Publication, status: str, **fields: object) -> None:
    waiting = Publication.objects.filter(pk=publication.pk, status=publication.status)
    if not waiting.update(status=status, **fields):
        raise StaleState(_("This publication has been decided on already. Reload the page."))


def _next_version(tally: Tally) -> int:
    """1 for the first publication of a cycle or a year; those sent back do not count, withdrawn notices do."""
    earlier = Publication.objects.filter(tally__plan=tally.plan, tally__cycle=tally.cycle)
    return earlier.exclude(status=Publication.Status.REJECTED).count() + 1


def _supersede_earlier(tally: Tally, actor: "User") -> None:
    earlier = Tally.objects.filter(plan=tally.plan, cycle=tally.cycle, status=Tally.Status.PUBLISHED)
    for old in earlier.exclude(pk=tally.pk):
        Tally.objects.filter(pk=old.pk).update(status=Tally.Status.SUPERSEDED)
        for publication in old.publications.filter(status=Publication.Status.PUBLISHED):
            Publication.objects.filter(pk=publication.pk).update(status=Publication.Status.SUPERSEDED)
            audit.record(actor, "publication.superseded", publication, after={"replaced_by": tally.number})


def _close(cycle: Cycle, actor: "User") -> None:
    if Cycle.objects.filter(pk=cycle.pk, status=Cycle.Status.OPEN).update(status=Cycle.Status.CLOSED):
        audit.record(actor, "cycle.closed", cycle, before={"status": "open"}, after={"status": "closed"})
