"""Components of the total given as a whole: written by the rooms where they arise, read by the engine."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.errors import PortalError, StaleState

from ...schemes.loading import engine_scheme
from ..choices import FROZEN, Status, component_label
from ..gather import whole_sources
from ..models import ComponentScore, Sheet
from ..reopening.parts import parts_of
from ..reviewed import reviewed_total

if TYPE_CHECKING:
    from members.models import User

CLOSED = (*FROZEN, Status.EXEMPT)


def takes_component(sheet: Sheet, source: str) -> bool:
    """Whether the sheet's scheme has this component and takes it as a whole."""
    return source in whole_sources(engine_scheme(sheet.scheme_version))


@transaction.atomic
def put_component(
    *,
    sheet: Sheet,
    source: str,
    score_up: int | None,
    actor: "User",
    at: datetime,
    origin: str = "",
    entered_by: "User | None" = None,
) -> None:
    """Write (or with None take back) a component's score in micro-points, 0 to full marks. The right to do so is the
    caller's rule; `entered_by` is who found the score, where `actor` only releases it.

    `sheet` comes from `for_filling()`. Raises: PortalError where the scheme has no such component, for a figure
    outside the scale, and for an approved or partly reopened sheet; StaleState when it was approved at this moment.
    """
    name = component_label(source)
    if not takes_component(sheet, source):
        raise PortalError(_("The scheme has no component “%(name)s”; no score is given for it.") % {"name": name})
    full = engine_scheme(sheet.scheme_version).full_marks_up
    if score_up is not None and not 0 <= score_up <= full:
        raise PortalError(_("The score must lie between 0 and %(full)s.") % {"full": full // 1_000_000}, field="score")
    if sheet.status in CLOSED:
        message = _("The sheet of %(branch)s is %(status)s; “%(name)s” can no longer be changed.")
        raise PortalError(
            message % {"branch": sheet.branch.name, "status": sheet.get_status_display(), "name": name}, field="score"
        )
    if parts_of(sheet).is_partial:
        message = _("The sheet of %(branch)s was reopened in part; “%(name)s” stays as it was sealed.")
        raise PortalError(message % {"branch": sheet.branch.name, "name": name}, field="score")
    if not Sheet.objects.filter(pk=sheet.pk).exclude(status__in=CLOSED).update(version=F("version") + 1):
        raise StaleState(_("The sheet was changed meanwhile. Reload the page and try again."))
    rows = ComponentScore.objects.filter(sheet=sheet, source=source)
    before = rows.values_list("score_up", flat=True).first()
    if score_up is None:
        rows.delete()
    else:
        said = {"score_up": score_up, "origin": origin[:200], "entered_by": entered_by or actor, "entered_at": at}
        ComponentScore.objects.update_or_create(sheet=sheet, source=source, defaults=said)
    Sheet.objects.filter(pk=sheet.pk).update(review_total_up=reviewed_total(sheet))
    after = {"component": source, "score_up": score_up, "origin": origin[:200]}
    audit.record(actor, "sheet.component_entered", sheet, before={"score_up": before}, after=after)
