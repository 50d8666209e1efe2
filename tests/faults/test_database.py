"""T-F5 and T-F22: PostgreSQL restarted under load; eight writers at once (R5)."""

import threading
import time

from branchportal.models import AuditEntry

from .conftest import POSTGRES, cycles, is_full
from .ledger import Ledger
from .processes import Portal
from .visitor import Visitor
from .world import CODE, Town, make_town

SECONDS = 60 if is_full() else 6
WRITERS = 8


@POSTGRES
def test_f5_only_requests_in_flight_fail_when_the_database_is_restarted(portal: Portal, figures: object) -> None:
    town = make_town(saves=24, submits=12 + 8 * cycles(), approvals=12 + 8 * cycles())
    ledger, back = Ledger(portal.port, town, rate=30, threads=6), []
    with ledger.at_work():
        for _cycle in range(cycles()):
            ledger.wait_for_more(20)
            portal.database.stop_immediately()
            portal.database.start()
            back.append(ledger.wait_for_more(1))
            ledger.wait_for_more(6)
    verdict = ledger.compare()
    refused = [entry for entry in ledger.entries if entry.status not in (200, 302)]
    figures(
        "R5", restarts=cycles(), acknowledged=len(ledger.acknowledged()), answered_503=len(refused),
        half_written=len(verdict.half), lost=len(verdict.lost), doubled=len(verdict.doubled),
        slowest_return=round(max(back), 2),
    )  # fmt: skip
    assert verdict.is_clean, verdict
    assert {(entry.status, entry.retry_after) for entry in refused} <= {(503, "5")}, refused
    assert max(back) <= 10 or not is_full()


def test_f22_writers_of_the_same_rows_never_meet_a_deadlock(portal: Portal, figures: object) -> None:
    """Savers of the same few sheets, approvers and tallies: the locks are taken in one order."""
    town = make_town(saves=4, submits=0, approvals=400)
    statuses: list[tuple[str, int]] = []
    stop = threading.Event()
    before = AuditEntry.objects.count()
    people = [threading.Thread(target=_write, args=(portal, town, number, statuses, stop)) for number in range(WRITERS)]
    began = time.monotonic()
    for person in people:
        person.start()
    time.sleep(SECONDS)
    stop.set()
    for person in people:
        person.join()
    took = time.monotonic() - began
    writes = AuditEntry.objects.count() - before
    wrong = [pair for pair in statuses if pair[1] >= 500]
    figures("F22", engine=portal.engine, seconds=round(took), writes_a_second=round(writes / took), shown_faults=wrong)
    assert not wrong
    assert writes > WRITERS
    if portal.database:
        assert "deadlock detected" not in portal.database.last_words(1_000_000)
    portal.manage("audit_verify")


def _write(portal: Portal, town: Town, number: int, statuses: list, stop: threading.Event) -> None:
    secretary = Visitor(portal.port, session=town.secretary)
    leader = Visitor(portal.port, session=town.leader)
    office = Visitor(portal.port, session=town.office_session)
    approvals, at, versions = town.to_approve[number::WRITERS], 0, {}
    while not stop.is_set():
        at += 1
        if number == 0 and at % 5 == 0:
            answer = office.post("/results/start/", {"cycle": town.cycle.pk})
            statuses.append(("tally", answer.status))
        elif number % 2 and approvals:
            answer = leader.post(f"/sheets/{approvals.pop()}/review/approve/", {"version": 1})
            statuses.append(("approve", answer.status))
        else:
            sheet = town.to_save[at % len(town.to_save)]
            data = {"version": versions.get(sheet, 1), "value": "9.5", "note": f"{number} {at}"}
            answer = secretary.send("PUT", f"/api/v1/sheets/{sheet}/marks/{CODE}/", data)
            if answer.status == 200:
                versions[sheet] = answer.json()["version"]
            elif answer.status == 409 and "theirs" in answer.json()["fields"]:
                versions[sheet] = answer.json()["fields"]["theirs"]["version"]
            statuses.append(("save", answer.status))
