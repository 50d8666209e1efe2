"""The servers of the fault tests can be started, reached, killed and started again."""

from .conftest import BOTH, POSTGRES
from .processes import Portal
from .visitor import NoAnswerError, Visitor


@BOTH
def test_everything_runs_and_the_web_process_comes_back_after_a_kill(portal: Portal) -> None:
    assert all(process.is_alive for process in portal.processes)
    portal.web.kill()
    assert not portal.answers("/health/")
    portal.web.start()
    assert portal.answers("/health/")


@POSTGRES
def test_a_proxy_cuts_and_drops_the_answer(portal: Portal, proxy_to: object) -> None:
    proxy = proxy_to(portal.port)
    visitor = Visitor(proxy.port, seconds=10)
    assert visitor.get("/health/").status == 200
    for fault in (proxy.cut, proxy.half):
        fault()
        try:
            visitor.get("/health/")
        except NoAnswerError:
            continue
        raise AssertionError(fault)
    proxy.heal()
    assert visitor.get("/health/").status == 200
