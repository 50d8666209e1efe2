"""One tally over several scheme versions: every group by its own scheme, ranks within sectors, one digest."""

import copy

import pytest

from assessments.cycles.models import Cycle
from assessments.reports.result_report import RELATED
from assessments.reports.result_working import explain
from assessments.results import gather
from assessments.results.changes import refusal
from assessments.results.checks import is_up_to_date
from assessments.results.comparison import compare
from assessments.results.computing import compute
from assessments.results.models import QuotaLine, Result, SectorMedian, Tally
from assessments.results.overview import ladder_of, overview_of
from assessments.results.services.tally import run_tally, stored_rows
from assessments.results.services.updating import update_changed
from assessments.results.trials import services
from assessments.results.trials.computing import Basis
from assessments.results.trials.models import TrialRow
from assessments.results.verifying import tally_problems
from assessments.schemes.services.drafts import save_draft, start_draft
from assessments.sheets.models import Sheet
from branches.models import Sector
from branchportal import worker
from tests.factories.many import correct_sheet, make_many
from tests.factories.mixed import make_mixed, make_version

DIGEST = "7079c993365666ffc044d54b75b13a85e9b9972a499a9bc60c68fb8c130ed585"
WITHOUT_ORDER = ("id", "tally_id", "rank_all", "position")


@pytest.fixture
def many(db):
    """60 branches in three sectors of 20, all under one scheme."""
    return make_many(60, sectors=3, per_organization=5, year=2031)


def third():
    return Sector.objects.get(code="soe")


@pytest.fixture
def mixed(many):
    """The same, the third sector under a scheme of its own."""
    make_mixed(many, third(), make_version())
    return many


def fresh(cycle):
    return Cycle.objects.select_related("plan__scheme_version__scheme").get(pk=cycle.pk)


def tally_of(cycle, actor=None):
    return run_tally(actor=actor, cycle=fresh(cycle))


def others(tally):
    """Results of the sectors that kept the plan's scheme, without overall order."""
    rows = Result.objects.filter(tally=tally).exclude(sector=third()).order_by("branch__code").values()
    return [{name: value for name, value in row.items() if name not in WITHOUT_ORDER} for row in rows]


def own(tally):
    return list(Result.objects.filter(tally=tally, sector=third()).order_by("position"))


def test_each_sector_is_scored_under_its_own_scheme(many):
    before = tally_of(many.cycle)
    make_mixed(many, third(), make_version(within="all"))
    tally = tally_of(many.cycle)
    assert (tally.version_count, tally.is_mixed, before.is_mixed) == (2, True, False)
    assert others(tally) == others(before)  # the others are what they were, but for the overall rank
    rows = own(tally)
    assert [row.rank_sector for row in rows] == sorted(row.rank_sector for row in rows)
    assert [row.total_up for row in rows] == sorted((row.total_up for row in rows), reverse=True)
    assert max(row.total_up for row in rows) <= 90_000_000  # 80 and the bonus
    assert {len(bytes(row.dimensions)) for row in rows} == {5 * 16}
    assert {row.grade for row in rows} <= {"优秀", "合格", ""}
    line = QuotaLine.objects.get(tally=tally, within="all")
    assert (line.population, line.places, line.scheme_version.scheme.code) == (20, 4, "other")
    assert SectorMedian.objects.filter(tally=tally, sector=None).count() == 0
    assert SectorMedian.objects.filter(tally=tally, sector=third()).count() == 5


def test_nobody_has_an_overall_rank_and_schemes_stand_one_behind_the_other(mixed):
    tally = tally_of(mixed.cycle)
    rows = list(Result.objects.filter(tally=tally).order_by("position").values_list("position", "sector", "rank_all"))
    assert [row[0] for row in rows] == list(range(1, 61))
    assert {row[2] for row in rows} == {None}
    assert {row[1] for row in rows[40:]} == {third().pk}  # “many” before “other”
    assert ladder_of(tally)[:2] == [(5, "五星 / 优秀"), (4, "四星")]
    assert overview_of(tally).whole.mean_up is None


def test_the_digest_does_not_depend_on_order_database_or_stages_read(mixed, monkeypatch):
    tally = tally_of(mixed.cycle)
    assert tally.digest == DIGEST
    entries = list(reversed(gather.cycle_inputs(fresh(mixed.cycle)).entries))
    monkeypatch.setattr("assessments.results.frozen.FEW", 2)  # by ranges of ids, which hold sheets of both schemes
    assert compute(gather.inputs_of(fresh(mixed.cycle), entries)).digest == DIGEST
    assert is_up_to_date(tally)
    assert tally_of(mixed.cycle) == tally


def test_the_tally_verifies_and_a_changed_row_is_found(mixed):
    tally = Tally.objects.get(pk=tally_of(mixed.cycle).pk)
    assert list(tally_problems(tally)) == []
    row = own(tally)[3]
    Result.objects.filter(pk=row.pk).update(dimensions=bytes(16) + bytes(row.dimensions)[16:])
    assert len(list(tally_problems(tally))) == 1


@pytest.mark.parametrize("sector", ["organ", "soe"])
@pytest.mark.parametrize(("by", "penalty"), [(8, 0), (-8, 1), (1, 0)])
def test_an_updated_branch_is_row_by_row_a_whole_tally(mixed, office, sector, by, penalty):
    tally = tally_of(mixed.cycle, office)
    sheets = Sheet.objects.filter(cycle=mixed.cycle, sector__code=sector).current().order_by("branch__code")
    correct_sheet(sheets[7], by=by, penalty=penalty)
    assert update_changed(tally=tally, actor=office) == 1
    computed = compute(gather.cycle_inputs(fresh(mixed.cycle)))
    assert stored_rows(tally) == computed.rows
    assert worker.run_due_here() == 1
    tally.refresh_from_db()
    assert (tally.digest, Tally.objects.count()) == (computed.digest, 1)


def test_a_sheet_that_falls_out_goes_behind_its_own_scheme(mixed, office):
    tally = tally_of(mixed.cycle, office)
    sheet = Sheet.objects.filter(cycle=mixed.cycle, sector__code="organ").order_by("branch__code").first()
    Sheet.objects.filter(pk=sheet.pk).update(status="superseded")
    Sheet.objects.create(
        cycle=sheet.cycle, branch=sheet.branch, scheme_version=sheet.scheme_version, organization=sheet.organization,
        sector=sheet.sector, unit=sheet.unit, revision=2, status="exempt", exempt_reason="合并撤销中",
    )  # fmt: skip
    update_changed(tally=tally, actor=office)
    assert stored_rows(tally) == compute(gather.cycle_inputs(fresh(mixed.cycle))).rows
    last = Result.objects.filter(tally=tally).exclude(sector=third()).count()
    assert Result.objects.get(tally=tally, branch=sheet.branch).position == last


def test_places_shared_over_sectors_are_no_matter_of_single_branches(many, office):
    make_mixed(many, third(), make_version(within="all"))
    assert "其他领域" in refusal(tally_of(many.cycle, office))


def test_a_comparison_names_the_indicators_of_the_branch_and_ranks_in_the_sector(mixed):
    earlier = tally_of(mixed.cycle)
    sheets = Sheet.objects.filter(cycle=mixed.cycle, sector=third()).current().order_by("branch__code")
    correct_sheet(sheets[7], by=-8)
    tally = tally_of(mixed.cycle)
    found = compare(tally, earlier)
    changed = next(move for move in found.moves if move.result.branch_id == sheets[7].branch_id)
    assert (changed.before.rank, changed.now.rank) == tuple(
        Result.objects.get(tally=each, branch=sheets[7].branch_id).rank_sector for each in (earlier, tally)
    )
    assert {name for name, _change in changed.parts} <= {f"第{at}部分" for at in range(1, 6)}
    assert {move.result.sector_id for move in found.moves} == {third().pk}


def test_the_working_is_that_of_the_own_scheme(mixed):
    tally = tally_of(mixed.cycle)
    for row in Result.objects.filter(tally=tally, position__in=(1, 60)).select_related(*RELATED):
        found = explain(row)
        assert found.scheme.code == ("many" if row.position == 1 else "other")
        assert found.working.total_up == row.total_up


def tried(basis, version, actor):
    trial = services.request_trial(version=version, basis=basis, actor=actor)
    services.run_trial(trial=trial)
    return trial


def test_a_trial_is_of_the_branches_under_the_scheme_tried(mixed, office):
    tally = tally_of(mixed.cycle, office)
    basis = Basis(tally.plan, fresh(mixed.cycle), tally)
    for version, line in ((third_version(), "75"), (tally.plan.scheme_version, "95")):
        draft = start_draft(source=version, number="2", actor=office)
        content = copy.deepcopy(draft.content)
        content["bands"][0]["from"] = line
        draft = save_draft(version=draft, edition=draft.edition, content=content, summary="x", actor=office)
        trial = tried(basis, draft, office)
        rows = TrialRow.objects.filter(trial=trial)
        plan, sectors = tally.plan, set(Result.objects.filter(tally=tally).values_list("sector_id", flat=True))
        assert {row.sector_id for row in rows} == {one for one in sectors if plan.version_for(one) == version}
        assert min(row.old_rank for row in rows if row.old_rank) == 1
        trial.refresh_from_db()
        assert trial.summary["tried_on"] == str(version)


def third_version():
    return Sheet.objects.filter(sector=third()).first().scheme_version
