"""A ledger after Jepsen: a client works through a fault and writes down what was acknowledged; then both are compared.

lost: acknowledged, but without effect. doubled: more than one effect. phantom: an effect that nobody asked for, or of
a request that was refused. half: a change without its audit row. Unknown ones (no answer, or a 503 that says that it
is uncertain) may have taken effect once or not at all.
"""

import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connection
from django.utils import timezone

from assessments.sheets.models import Mark, Sheet
from branchportal.models import AuditEntry

from .processes import wait_for
from .visitor import Answer, NoAnswerError, Visitor
from .world import CODE, Town

ACKNOWLEDGED, REFUSED, UNKNOWN = "acknowledged", "refused", "unknown"


@dataclass(frozen=True)
class Entry:
    """One request: what it was to do, and how it was answered."""

    kind: str
    sheet: int
    value: str
    outcome: str
    status: int
    seconds: float
    at: float  # when it was answered, by the monotonic clock
    retry_after: str = ""
    body: str = ""


@dataclass
class Verdict:
    """What the comparison found."""

    lost: list[object] = field(default_factory=list)
    doubled: list[object] = field(default_factory=list)
    phantom: list[object] = field(default_factory=list)
    half: list[object] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.phantom or self.half)


class Ledger:
    """The client: `threads` people, `rate` requests a second together; sheets are divided among them."""

    def __init__(self, port: int, town: Town, *, rate: float = 10, threads: int = 4) -> None:
        self.port, self.town, self.pause, self.threads = port, town, threads / rate, threads
        self.entries: list[Entry] = []
        self.surprises: list[Entry] = []  # answers of a kind that no fault explains
        self._stop = threading.Event()

    @contextmanager
    def at_work(self) -> Iterator["Ledger"]:
        """Requests go out for as long as the block lasts; afterwards every one of them has ended."""
        people = [threading.Thread(target=self._person, args=(number,)) for number in range(self.threads)]
        for person in people:
            person.start()
        try:
            yield self
        finally:
            self._stop.set()
            for person in people:
                person.join()

    def wait_for_more(self, count: int) -> float:
        """Until `count` more are acknowledged; returns the seconds. Raises: AssertionError at a surprising answer."""
        seen = len(self.acknowledged())

        def has_more() -> bool:
            assert not self.surprises, self.surprises
            return len(self.acknowledged()) >= seen + count

        return wait_for(has_more, "acknowledged writes after a fault")

    def acknowledged(self, kind: str = "") -> list[Entry]:
        return [each for each in list(self.entries) if each.outcome == ACKNOWLEDGED and kind in ("", each.kind)]

    def slowest(self) -> list[float]:
        """Seconds of all requests, in order."""
        return sorted(each.seconds for each in self.entries)

    def p95(self) -> float:
        seconds = self.slowest()
        return statistics.quantiles(seconds, n=20)[-1] if len(seconds) > 1 else 0.0

    def _person(self, number: int) -> None:
        """Saves, and after every third one a submission or an approval, as long as there are sheets for it."""
        mine = [keys[number :: self.threads] for keys in (self.town.to_save, self.town.to_submit, self.town.to_approve)]
        saves, submits, approvals = mine
        versions = dict.fromkeys(saves, 1)
        at = 0
        while not self._stop.is_set():
            began = time.monotonic()
            at += 1
            if at % 4 == 3 and submits:
                self._submit(submits.pop())
            elif at % 4 == 1 and approvals:
                self._approve(approvals.pop())
            elif saves := [sheet for sheet in saves if sheet in versions]:
                self._save(saves[at % len(saves)], f"p{number} n{at}", versions)
            self._stop.wait(max(0.0, self.pause - (time.monotonic() - began)))

    def _save(self, sheet: int, note: str, versions: dict[int, int]) -> None:
        """A save that was not answered is sent again as it was, which is how the page does it."""
        data = {"version": versions[sheet], "value": "9.5", "note": note}
        path = f"/api/v1/sheets/{sheet}/marks/{CODE}/"
        while True:
            entry = self._ask("save", sheet, note, self.town.secretary, "PUT", path, data)
            if entry.outcome == ACKNOWLEDGED:
                versions[sheet] += 1
                return
            if entry.status not in (0, 503):
                self.surprises.append(entry)
                self._settle(sheet, versions)
                return
            if self._stop.wait(0.3):
                self._settle(sheet, versions)
                return

    def _settle(self, sheet: int, versions: dict[int, int]) -> None:
        versions.pop(sheet)  # nobody saves it any more

    def _submit(self, sheet: int) -> None:
        today = timezone.localdate().isoformat()
        data = {"version": 1, "meeting_on": today, "meeting_present": 5, "is_truthful": True}
        self._ask("submit", sheet, "", self.town.secretary, "POST", f"/api/v1/sheets/{sheet}/submit/", data)

    def _approve(self, sheet: int) -> None:
        self._ask("approve", sheet, "", self.town.leader, "FORM", f"/sheets/{sheet}/review/approve/", {"version": 1})

    def _ask(self, kind: str, sheet: int, value: str, session: str, method: str, path: str, data: dict) -> Entry:
        visitor, began = Visitor(self.port, session=session), time.monotonic()
        answer = None
        try:
            answer = visitor.post(path, data) if method == "FORM" else visitor.send(method, path, data)
        except NoAnswerError:
            outcome = UNKNOWN
        else:
            # The database may have broken off right behind the commit: the page then says that it is uncertain.
            outcome = {200: ACKNOWLEDGED, 302: ACKNOWLEDGED, 503: UNKNOWN}.get(answer.status, REFUSED)
        entry = _entry(kind, sheet, value, outcome, answer, time.monotonic() - began)
        self.entries.append(entry)
        return entry

    def compare(self) -> Verdict:
        """The ledger against the database at hand."""
        connection.close()  # the server may have been another one when it was opened
        verdict = Verdict()
        self._compare_saves(verdict)
        for kind, action, statuses in (
            ("submit", "sheet.submitted", ("submitted", "passed")),
            ("approve", "sheet.approved", ("approved",)),
        ):
            self._compare_moves(verdict, kind, action, statuses)
        return verdict

    def _compare_saves(self, verdict: Verdict) -> None:
        marks = {mark.pk: mark for mark in Mark.objects.filter(sheet__in=self.town.to_save, stage="self")}
        effects: Counter = Counter()
        of_mark: Counter = Counter()
        rows = AuditEntry.objects.filter(object_type="assessments.mark", action="mark.saved").order_by("id")
        last = {}
        for row in rows:
            sheet = marks[row.object_id].sheet_id
            effects[sheet, row.after["note"]] += 1
            of_mark[row.object_id] += 1
            last[row.object_id] = row.after["note"]
        asked: dict[tuple[int, str], set[str]] = {}
        for entry in self.entries:
            if entry.kind == "save":
                asked.setdefault((entry.sheet, entry.value), set()).add(entry.outcome)
        verdict.lost += [key for key, outcomes in asked.items() if ACKNOWLEDGED in outcomes and not effects[key]]
        verdict.doubled += [key for key, count in effects.items() if count > 1]
        verdict.phantom += [key for key in effects if asked.get(key, set()) <= {REFUSED}]
        for pk, mark in marks.items():
            if mark.version != 1 + of_mark[pk] or mark.note != last.get(pk, ""):
                verdict.half.append(("mark", pk, mark.version, of_mark[pk]))

    def _compare_moves(self, verdict: Verdict, kind: str, action: str, statuses: tuple[str, ...]) -> None:
        asked = {entry.sheet: entry for entry in self.entries if entry.kind == kind}
        keys = self.town.to_submit if kind == "submit" else self.town.to_approve
        rows = AuditEntry.objects.filter(object_type="assessments.sheet", action=action, object_id__in=keys)
        effects = Counter(rows.values_list("object_id", flat=True))
        moved = set(Sheet.objects.filter(pk__in=keys, status__in=statuses).values_list("pk", flat=True))
        for pk, entry in asked.items():
            if entry.outcome == ACKNOWLEDGED and not effects[pk]:
                verdict.lost.append((kind, pk))
            if entry.outcome == REFUSED and effects[pk]:
                verdict.phantom.append((kind, pk, entry))
        verdict.doubled += [(kind, pk) for pk, count in effects.items() if count > 1]
        verdict.phantom += [(kind, pk) for pk in effects if pk not in asked]
        verdict.half += [(kind, pk) for pk in moved ^ set(effects)]


def _entry(kind: str, sheet: int, value: str, outcome: str, answer: Answer | None, seconds: float) -> Entry:
    if answer is None:
        return Entry(kind, sheet, value, outcome, 0, seconds, time.monotonic())
    said = answer.text[:300] if outcome == REFUSED else ""
    return Entry(
        kind,
        sheet,
        value,
        outcome,
        answer.status,
        seconds,
        time.monotonic(),
        answer.headers.get("Retry-After", ""),
        said,
    )
