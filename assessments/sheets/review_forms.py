"""What reviewers type on the pages of one sheet, read into plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from branchportal.errors import PortalError


@dataclass(frozen=True)
class Returned:
    """Which indicators go back, why, until when, on which version of the sheet."""

    version: int
    reasons: Mapping[str, str]
    until: datetime | None


@dataclass
class ReturnForm:
    """Ticks `return` with the code, reasons `reason-<code>`, `until`; kept as typed when something is wrong."""

    data: QueryDict | None = None
    error: PortalError | None = None
    ticked: list[str] = field(default_factory=list)
    typed: dict[str, str] = field(default_factory=dict)
    until: str = ""

    def __post_init__(self) -> None:
        if self.data is None:
            return
        self.ticked = self.data.getlist("return")
        prefix = "reason-"
        self.typed = {name.removeprefix(prefix): text for name, text in self.data.items() if name.startswith(prefix)}
        self.until = (self.data.get("until") or "").strip()

    def chosen(self) -> Returned:
        """The plain values. Raises: PortalError for a date that cannot be read."""
        until = None
        if self.until:
            until = _moment(self.until)
            if until is None:
                raise PortalError(_("The new deadline is not a date. Choose it from the calendar."), field="until")
        reasons = {code: self.typed.get(code, "") for code in self.ticked}
        return Returned(number((self.data or {}).get("version")), reasons, until)


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    if found is None:
        return None
    return found if timezone.is_aware(found) else timezone.make_aware(found)


def number(text: object) -> int:
    """A whole number from a form; what is none is -1, which no version ever has."""
    text = str(text or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def day(text: str | None) -> object:
    """A date, or None."""
    try:
        return parse_date((text or "").strip())
    except ValueError:
        return None
