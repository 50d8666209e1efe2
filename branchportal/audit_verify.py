"""Reading the audit chain from its beginning and comparing its end with the anchors kept elsewhere."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from . import audit_chain
from .models import AuditEntry, AuditHead, AuditLink

MOST_PROBLEMS = 100
EVERY = timedelta(hours=24)
logger = logging.getLogger("branchportal.audit")


@dataclass
class Verdict:
    """What a reading of the whole chain found: rows that are right, the end, and sentences on what is wrong."""

    rows: int = 0
    digest: str = ""
    anchors: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, sentence: str) -> None:
        """Note a problem; beyond the first hundred only the number matters."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(sentence)


def verify() -> Verdict:
    """Recompute every link, look for rows without one, compare the head and every anchor. Changes nothing."""
    verdict, anchored = Verdict(), dict(anchors())
    previous = ""
    for seq, digest, entry, content in audit_chain.links():
        if seq != verdict.rows + 1:
            verdict.add(_("Links %(first)d to %(last)d are missing.") % {"first": verdict.rows + 1, "last": seq - 1})
        if content is None:
            verdict.add(_("Link %(seq)d: its audit row %(entry)d is gone.") % {"seq": seq, "entry": entry})
        elif audit_chain.digest_of(previous, seq, content) != digest:
            verdict.add(_("Audit row %(entry)d (link %(seq)d) was changed.") % {"entry": entry, "seq": seq})
        if anchored.pop(seq, digest) != digest:
            verdict.add(_("Link %(seq)d differs from the anchor that was kept of it.") % {"seq": seq})
        previous, verdict.rows = digest, seq
    verdict.digest = previous
    _look_at_the_end(verdict, anchored)
    return verdict


def _look_at_the_end(verdict: Verdict, unmet: dict[int, str]) -> None:
    verdict.anchors = len(list(anchors()))
    for seq in sorted(unmet):
        verdict.add(_("The chain was cut: an anchor was kept of link %(seq)d, which is gone.") % {"seq": seq})
    head = AuditHead.objects.first()
    if (head.seq, head.digest) != (verdict.rows, verdict.digest) if head else verdict.rows:
        verdict.add(_("The head of the chain does not fit its last link."))
    for entry in AuditEntry.objects.filter(link=None).values_list("pk", flat=True)[:MOST_PROBLEMS]:
        verdict.add(_("Audit row %(entry)d stands outside the chain.") % {"entry": entry})


def anchors() -> Iterator[tuple[int, str]]:
    """Number and digest of every anchor that was kept, oldest first; lines that are no anchor are left out."""
    path = Path(settings.AUDIT_ANCHORS)
    for line in path.read_text(encoding="ascii").splitlines() if path.exists() else ():
        parts = line.split()
        if len(parts) == 3 and parts[1].isdigit():
            yield int(parts[1]), parts[2]


def keep_anchor(now: datetime | None = None) -> bool:
    """Write the end of the chain beside the database and to the log, once a day; says whether it did."""
    now = now or timezone.now()
    path = Path(settings.AUDIT_ANCHORS)
    last = AuditLink.objects.order_by("-seq").values_list("seq", "digest").first()
    if last is None or _last_moment(path) > now - EVERY:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="ascii") as file:
        file.write(f"{now.astimezone(UTC).isoformat(timespec='seconds')} {last[0]} {last[1]}\n")
    logger.info("audit anchor %s %s", *last)
    return True


def last_anchored() -> datetime | None:
    """When the last anchor was kept."""
    moment = _last_moment(Path(settings.AUDIT_ANCHORS))
    return moment if moment.year > 1 else None


def _last_moment(path: Path) -> datetime:
    lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
    try:
        return datetime.fromisoformat(lines[-1].split()[0])
    except (IndexError, ValueError):
        return datetime.min.replace(tzinfo=UTC)
