"""T-F7: two people, or two windows, on one sheet at random: nothing is overwritten unseen."""

import random
import threading
from datetime import timedelta
from itertools import count

from django.utils import timezone

from assessments.sheets.models import Mark, Sheet
from branchportal.models import AuditEntry

from .conftest import is_full
from .processes import Portal
from .visitor import Visitor
from .world import CODE, make_town

TEXTS = count(1)  # no two saves say the same: an identical one is answered as before and changes nothing
STEPS = ("read", "save", "save", "save", "together", "submit", "withdraw")


class Window:
    """What one of the two has read, and what is sent with it."""

    def __init__(self, portal: Portal, session: str, sheet: int) -> None:
        self.visitor, self.sheet = Visitor(portal.port, session=session), sheet
        self.mark, self.version, self.status = 0, 0, 0
        self.read()

    def read(self) -> None:
        self.mark = Mark.objects.get(sheet=self.sheet, stage="self", indicator__code=CODE).version
        self.version = Sheet.objects.get(pk=self.sheet).version

    def save(self, value: str) -> int:
        said = {"version": self.mark, "value": value, "note": f"第{next(TEXTS)}次填写"}
        answer = self.visitor.post(f"/sheets/{self.sheet}/marks/{CODE}/", said)
        self.status = answer.status
        if answer.status == 200:
            self.mark = answer.json()["version"]
        elif "theirs" in answer.text:
            assert answer.json()["theirs"]["version"] != self.mark  # what stands there is shown beside one's own
        return answer.status

    def submit(self) -> int:
        day = (timezone.localdate() - timedelta(days=1)).isoformat()
        said = {"version": self.version, "meeting_on": day, "meeting_present": 5, "is_truthful": True}
        return self.visitor.send("POST", f"/api/v1/sheets/{self.sheet}/submit/", said).status

    def withdraw(self) -> int:
        return self.visitor.post(f"/sheets/{self.sheet}/withdraw/", {"version": self.version}).status


def test_f7_nothing_is_overwritten_unseen(portal: Portal) -> None:
    """1,000 random courses by FAULT_FULL (6 in the test command), each of eight steps of two windows."""
    courses, dice = 1000 if is_full() else 6, random.Random(20261121)
    town = make_town(saves=0, submits=courses, approvals=0)
    conflicts = 0
    for sheet in town.to_submit:
        windows = [Window(portal, town.secretary, sheet), Window(portal, town.secretary, sheet)]
        for number in range(8):
            conflicts += _step(dice.choice(STEPS), windows, dice.choice((0, 1)), f"第{number}次填写")
    assert conflicts > 0  # the courses did lead into each other's way


def _entries() -> int:
    """How many changes of sheets are on record; the portal's own housekeeping beside them does not count."""
    return AuditEntry.objects.filter(action__in=("mark.saved", "sheet.submitted", "sheet.withdrawn")).count()


def _step(step: str, windows: list[Window], at: int, text: str) -> int:
    """One step of one window, or of both at the same moment; returns how many were told of a conflict."""
    window, sheet = windows[at], windows[at].sheet
    stored = Mark.objects.get(sheet=sheet, stage="self", indicator__code=CODE)
    row, entries = Sheet.objects.get(pk=sheet), _entries()
    if step == "read":
        window.read()
        return 0
    if step == "together":
        threads = [threading.Thread(target=each.save, args=(f"{number}",)) for number, each in enumerate(windows, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        accepted = [each for each in windows if each.status == 200]
        now = Mark.objects.get(pk=stored.pk)
        assert len(accepted) <= 1
        assert now.version - stored.version == len(accepted) == _entries() - entries
        return 2 - len(accepted)
    known = (window.mark, window.version)
    status = {"save": lambda: window.save(str(random.Random(text).randint(0, 9))), "submit": window.submit,
              "withdraw": window.withdraw}[step]()  # fmt: skip
    changed = _entries() - entries
    is_done = status in (200, 302)
    if step == "save":
        now = Mark.objects.get(pk=stored.pk)
        is_same = (now.value_up, now.note) == (stored.value_up, stored.note)
        assert not is_done or known[0] == stored.version or is_same, "a save on an older version was taken"
        assert not is_done or row.status == "draft"
        assert now.version - stored.version == changed
    else:
        assert not is_done or known[1] == row.version, f"a {step} on an older version was taken"
        assert bool(changed) == is_done
    assert status in (200, 302, 403, 409), status
    return int(status == 409)
