"""T-T1, I-1: sealed totals follow from sealed marks; whatever was changed behind the portal's back is named."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from assessments.sheets import verifying
from assessments.sheets.models import Mark, Sheet
from assessments.sheets.reviewed import reviewed_total
from branchportal import guards, health, verifications
from branchportal.models import AuditEntry
from tests.factories.results import make_approved

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def sealed(city, secretary, office):
    """An approved sheet with its total, as `approve_sheet` leaves it."""
    make_approved(city.sheet, office)
    guards.drop()
    total_up = reviewed_total(Sheet.objects.for_filling().get(pk=city.sheet.pk))
    Sheet.objects.filter(pk=city.sheet.pk).update(review_total_up=total_up)
    guards.create()
    city.sheet.refresh_from_db()
    return city.sheet


@pytest.fixture
def unguarded(sealed):
    guards.drop()
    yield
    guards.create()


def test_t_t1_sealed_sheets_are_verified_and_the_result_is_kept(sealed, capsys) -> None:
    call_command("score_verify", "--all")
    assert "已核验1份归档评分表" in capsys.readouterr().out
    after = verifications.last("scores.verified").after
    assert (after["count"], after["wrong"], after["problems"]) == (1, 0, [])
    assert next(line for line in health.checks() if line.name == "scores").state == health.GOOD


def test_t_t1_every_sheet_is_verified_once(city, office) -> None:
    sheets = (city.sheet, city.sibling_sheet, city.far_sheet)
    for sheet in sheets:
        make_approved(sheet, office)
    assert verifying.verify_scores().count == len(sheets)


@pytest.mark.parametrize("change", [{"review_total_up": 1}, {"frozen_claims": "{}"}, {"digest": "0" * 64}])
def test_t_t1_a_changed_total_digest_or_content_is_found(sealed, unguarded, change: dict) -> None:
    Sheet.objects.filter(pk=sealed.pk).update(**change)
    with pytest.raises(CommandError, match=sealed.branch.name):
        call_command("score_verify", "--all")
    assert verifications.last("scores.verified").after["wrong"] == 1
    assert next(line for line in health.checks() if line.name == "scores").state == health.BAD


def test_t_t1_one_flipped_bit_of_the_sealed_marks_is_found(sealed, unguarded) -> None:
    content = bytearray(bytes(Sheet.objects.get(pk=sealed.pk).frozen))
    content[8] ^= 1
    Sheet.objects.filter(pk=sealed.pk).update(frozen=bytes(content))
    assert len(verifying.verify_scores().problems) == 1


def test_t_t1_points_beside_a_mark_that_do_not_follow_from_it_are_found(sealed, unguarded) -> None:
    mark = Mark.objects.get(sheet=sealed, stage="review", indicator__code="2.2")
    Mark.objects.filter(pk=mark.pk).update(points_up=9_400_000)
    assert mark.indicator.code in verifying.verify_scores().problems[0]


def test_one_cycle_can_be_verified_by_itself(sealed, capsys) -> None:
    call_command("score_verify", cycle=sealed.cycle_id)
    assert "1" in capsys.readouterr().out
    assert verifications.last("scores.verified") is None
    with pytest.raises(CommandError):
        call_command("score_verify")


@pytest.mark.parametrize(
    ("hour", "hours_ago", "due"),
    [(2, None, True), (2, 25, True), (2, 3, False), (14, None, False), (14, 25, False), (14, 31, True)],
)
def test_verifications_run_once_a_night(db, hour: int, hours_ago: int | None, due: bool) -> None:
    now = datetime(2026, 11, 22, hour, 30, tzinfo=SHANGHAI)
    if hours_ago is not None:
        verifications.run("scores.verified", verifying.Verdict)
        row = AuditEntry.objects.get(action="scores.verified")
        guards.drop()
        AuditEntry.objects.filter(pk=row.pk).update(at=now - timedelta(hours=hours_ago))
        guards.create()
    begun: list = []
    started = verifications.nightly({"scores.verified": verifying.Verdict}, now, start=begun.append)
    assert started == (["scores.verified"] if due else [])
    for work in begun:
        work()
    assert AuditEntry.objects.filter(action="scores.verified").count() == (hours_ago is not None) + due


def test_a_verification_that_breaks_off_does_not_stop_the_others(db, caplog) -> None:
    def broken() -> verifying.Verdict:
        raise ValueError("unreadable")

    now = datetime(2026, 11, 22, 2, 30, tzinfo=SHANGHAI)
    works = {"scores.verified": broken, "evidence.verified": verifying.verify_evidence}
    verifications.nightly(works, now, start=lambda work: work())
    assert verifications.last("evidence.verified").after["count"] == 0
    assert "scores.verified broke off" in caplog.text
    assert [state.is_well for state in verifications.states()] == [False, True]
