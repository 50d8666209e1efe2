"""Short words for lists: what stands behind a line. The full sentences are those of the reports."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ..sheets.choices import Status
from .models import Result


def remarks(result: Result) -> list[str]:
    """What a reader must know of a line of a list, beyond its figures."""
    found = [text for reason in result.reasons if (text := _word(reason))]
    if result.is_late:
        found.append(pgettext("remark", "late"))
    return found


def missing_reason(reasons: Iterable[Mapping[str, object]]) -> str:
    """Why a branch has no total."""
    return next((text for reason in reasons if (text := _word(reason))), "")


def _word(reason: Mapping[str, object]) -> str:
    code = reason["code"]
    if code == "not_approved":
        return _("sheet %(status)s") % {"status": Status(str(reason["status"])).label}
    if code == "missing_periods":
        return _("no total in %(periods)s") % {"periods": "、".join(str(period) for period in reason["periods"])}
    if code == "exempt":
        return str(reason["text"])
    if code == "decided":
        return _("tie won by decision") if reason["admitted"] else _("tie lost by decision")
    plain = {
        "no_sheet": _("no sheet"),
        "incomplete": _("marks incomplete"),
        "veto": pgettext("remark", "veto"),
        "condition": _("condition missed"),
        "cut": _("places filled"),
        "tied": _("tied"),
        "waiting": _("waits for a tie above"),
    }
    return plain.get(str(code), "")
