"""T-F0: what was acknowledged is there, once, whatever was killed in between (R1)."""

import time

from .conftest import cycles
from .ledger import Ledger
from .processes import Portal
from .world import make_town

BETWEEN = 1.5  # seconds of quiet work between two kills


def test_f0_acknowledged_writes_survive_killed_servers(portal: Portal, figures: object) -> None:
    """Web processes, worker and database are killed in turn while four people work."""
    town = make_town(saves=12, submits=12 + 4 * cycles(), approvals=12 + 4 * cycles())
    ledger = Ledger(portal.port, town, rate=20)
    with ledger.at_work():
        for cycle in range(cycles()):
            time.sleep(BETWEEN)
            _kill_and_start(portal, cycle)
            ledger.wait_for_more(4)
    verdict = ledger.compare()
    figures(
        "R1", cycles=cycles(), acknowledged=len(ledger.acknowledged()), lost=len(verdict.lost),
        doubled=len(verdict.doubled), phantom=len(verdict.phantom), half=len(verdict.half),
    )  # fmt: skip
    assert verdict.is_clean, verdict
    assert {entry.status for entry in ledger.entries} <= {0, 200, 302, 503}
    assert all(ledger.acknowledged(kind) for kind in ("save", "submit", "approve"))
    portal.manage("audit_verify")  # the chain is whole, or it says so by its status


def _kill_and_start(portal: Portal, cycle: int) -> None:
    kinds = ["web", "database", "worker"] if portal.database else ["web", "worker"]
    match kinds[cycle % len(kinds)]:
        case "web":
            portal.web.kill()
            portal.web.start()
        case "database":
            portal.database.stop_immediately()
            portal.database.start()
        case "worker":
            portal.worker.kill()
            portal.restart_worker()
