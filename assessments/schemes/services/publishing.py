"""A draft's way into use: put forward by the office, approved by somebody who never edited it, frozen from then on."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.errors import InvalidScheme, PortalError, StaleState
from members.roles import Role

from ... import scoring
from .. import rules
from ..models import SchemeVersion
from .drafts import content_digest
from .rows import write_rows

if TYPE_CHECKING:
    from members.models import User

Status = SchemeVersion.Status


def parsed_scheme(version: SchemeVersion) -> scoring.Scheme:
    """The draft as the engine's frozen data. Raises: InvalidScheme with all problems."""
    try:
        return scoring.Scheme.from_data(version.content)
    except scoring.SchemeError as error:
        raise InvalidScheme(
            _("The draft has %(count)d problems. Mend them before it goes on.") % {"count": len(error.problems)},
            problems=error.problems,
        ) from error


@transaction.atomic
def propose_scheme(*, version: SchemeVersion, edition: int, actor: "User", note: str = "") -> SchemeVersion:
    """Put a draft without problems forward for approval, with a covering note; nobody edits it until it comes back.

    Raises: PermissionDenied; InvalidScheme; StaleState when it was changed since `edition`.
    """
    require(rules.can_propose(actor, version))
    parsed_scheme(version)
    note = note.strip()[:500]
    _move(
        version, Status.DRAFT, edition, status=Status.PROPOSED, proposed_by=actor, proposed_at=timezone.now(),
        proposal_note=note, sent_back_reason="",
    )  # fmt: skip
    audit.record(actor, "scheme.proposed", version, after={"digest": version.digest, "note": note})
    return version


@transaction.atomic
def send_back_scheme(*, version: SchemeVersion, actor: "User", reason: str = "") -> SchemeVersion:
    """Make a proposed version a draft again: the authority with a reason, or the office that takes it back.

    Raises: PermissionDenied; PortalError without the authority's reason; StaleState when it is not awaiting approval
    any more.
    """
    require(rules.can_send_back(actor, version))
    reason, decides = reason.strip()[:500], actor.scope.has(Role.AUTHORITY)
    if decides and not reason:
        raise PortalError(_("Give a reason."))
    _move(version, Status.PROPOSED, version.edition, status=Status.DRAFT, sent_back_reason=reason)
    audit.record(actor, "scheme.sent_back" if decides else "scheme.taken_back", version, after={"reason": reason})
    return version


@transaction.atomic
def publish_scheme(*, version: SchemeVersion, actor: "User", edition: int | None = None) -> SchemeVersion:
    """Approve a proposed version: from then on it can only be succeeded. Never by one of its editors.

    `edition`: the one that was read (None: as `version` stands).
    Raises: PermissionDenied; InvalidScheme; StaleState when it was changed or decided meanwhile.
    """
    require(rules.can_publish(actor, version))
    parsed = parsed_scheme(version)
    content = parsed.to_data()
    write_rows(version, parsed)
    _move(
        version, Status.PROPOSED, version.edition if edition is None else edition, status=Status.PUBLISHED,
        name=parsed.name, content=content, digest=content_digest(content), published_by=actor,
        published_at=timezone.now(), sent_back_reason="",
    )  # fmt: skip
    audit.record(actor, "scheme.published", version, after={"digest": version.digest})
    return version


def _move(version: SchemeVersion, since: str, edition: int, **changes: object) -> None:
    rows = SchemeVersion.objects.filter(pk=version.pk, status=since, edition=edition, digest=version.digest)
    if not rows.update(**changes):
        raise StaleState(_("The scheme was changed or decided meanwhile. Reload the page and read it again."))
    version.refresh_from_db()
