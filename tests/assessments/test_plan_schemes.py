"""A year plan with schemes of single sectors: what fits, until when, and what opening a cycle makes of it."""

import copy

import pytest
from django.urls import reverse

from assessments.cycles.models import Cycle, PlanScheme, YearPlan
from assessments.cycles.services import opening, plans
from assessments.polls.services.running import plan_poll
from assessments.polls.services.year_facts import items
from assessments.results.gather import cycle_entries
from assessments.sheets.models import Sheet
from assessments.sheets.versions import version_in
from branchportal import jobs
from branchportal.errors import PortalError
from branchportal.models import AuditEntry
from tests.factories.assessments import make_cycle
from tests.factories.branches import make_branch, make_sector
from tests.factories.polls import make_form
from tests.factories.schemes import SCHEME, make_scheme

YEAR = SCHEME["year"]


@pytest.fixture
def village(city):
    return make_sector("village", "村")


@pytest.fixture
def rural(city):
    """A scheme for villages only: no row 1.3, its points on 1.2's neighbour."""
    indicators = copy.deepcopy(SCHEME["indicators"])
    first = indicators[0]["children"]
    first[0]["points"], first[2:] = 40, []
    return make_scheme(code="rural", name="村党组织考评标准", sectors=["village"], indicators=indicators)


def chosen(plan):
    return list(PlanScheme.objects.filter(plan=plan).values_list("sector__code", "scheme_version__scheme__code"))


def test_a_sector_gets_its_scheme_and_gives_it_back(city, office, village, rural):
    plan = plans.create_plan(
        actor=office, year=2027, name="2027年度", scheme_version=city.scheme, sectors={village: rural}
    )
    assert (chosen(plan), plan.is_by_sector) == ([("village", "rural")], True)
    assert (plan.version_for(village.pk), plan.version_for(city.branch.sector_id)) == (rural, city.scheme)
    known = {"actor": office, "plan": plan, "name": "改名", "scheme_version": city.scheme}
    plans.change_plan(version=1, **known)
    assert chosen(plan) == [("village", "rural")]  # nothing said: as it stands
    plans.change_plan(version=2, sectors={village: city.scheme}, **known)
    assert (chosen(plan), plan.is_by_sector, plan.versions) == ([], False, [city.scheme])
    last = AuditEntry.objects.filter(action="plan.changed").latest("pk")
    assert last.before["sectors"] == {"village": str(rural)}
    assert last.after["sectors"] == {}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"sectors": ["school"]}, "不适用于“村”"),
        ({"year": YEAR | {"periods": ["H1", "H2"]}}, "考评周期为H1、H2"),
        ({"year": YEAR | {"method": "none"}}, "都计年度总分"),
    ],
)
def test_a_version_that_does_not_fit_is_refused_with_the_reason(city, office, village, changes, sentence):
    strange = make_scheme(code="strange", **changes)
    with pytest.raises(PortalError, match=sentence):
        plans.create_plan(actor=office, year=2027, name="x", scheme_version=city.scheme, sectors={village: strange})
    assert not YearPlan.objects.filter(year=2027).exists()


def test_a_version_without_the_period_of_a_planned_cycle_is_refused(city, office):
    plan = plans.create_plan(actor=office, year=2027, name="2027年度", scheme_version=city.scheme)
    make_cycle(city.scheme, year=2027, period="Q3", status="planned")
    halves = make_scheme(code="halves", year=YEAR | {"periods": ["H1", "H2"]})
    with pytest.raises(PortalError, match="没有考评周期Q3"):
        plans.change_plan(actor=office, plan=plan, version=1, name="x", scheme_version=halves)


def test_schemes_stay_once_a_cycle_was_opened(city, office, village, rural):
    with pytest.raises(PortalError, match="已有考评周期启动"):
        plans.change_plan(
            actor=office, plan=city.cycle.plan, version=1, name="x", scheme_version=city.scheme,
            sectors={village: rural},
        )  # fmt: skip
    assert chosen(city.cycle.plan) == []


@pytest.fixture
def opened(city, office, village, rural):
    """A cycle of 2027 opened for the four branches of the city and one of a village."""
    branch = make_branch(city.other_committee, "青山村党支部", sector=village)
    plan = plans.create_plan(
        actor=office, year=2027, name="2027年度", scheme_version=city.scheme, sectors={village: rural}
    )
    cycle = make_cycle(city.scheme, year=2027, period="Q1", status="planned")
    opening.open_cycle(cycle=Cycle.objects.get(pk=cycle.pk), actor=office, progress=jobs.Silent())
    return Sheet.objects.get(cycle=cycle, branch=branch), plan


def test_opening_gives_each_sheet_the_scheme_of_its_sector(city, opened, rural):
    sheet, _plan = opened
    assert (sheet.scheme_version, sheet.due_count) == (rural, 5)  # without 1.3
    own = Sheet.objects.get(cycle=sheet.cycle, branch=city.branch)
    assert (own.scheme_version, own.due_count) == (city.scheme, 6)
    late = make_branch(city.other_committee, "绿水村党支部", sector=sheet.sector)
    cycle = Cycle.objects.get(pk=sheet.cycle_id)
    assert [version_in(cycle, branch) for branch in (sheet.branch, late, city.branch)] == [rural, rural, city.scheme]
    assert late.code in {entry.code for entry in cycle_entries(cycle)}  # the tally misses its sheet


def test_a_ballot_paper_belongs_to_the_scheme_of_the_branch(city, opened, authority, rural):
    sheet, plan = opened
    known = {"actor": authority, "plan": plan, "cycle": sheet.cycle, "mode": "paper"}
    form = make_form(authority, city.scheme)
    rosters = {group.pk: 5 for group in form.groups.all()}
    assert plan_poll(form=form, branch=city.branch, rosters=rosters, **known).form == form
    with pytest.raises(PortalError, match="青山村党支部适用“村党组织考评标准"):
        plan_poll(form=form, branch=sheet.branch, rosters=rosters, **known)


def test_facts_of_a_year_are_those_of_the_branch_s_scheme(city, office, village):
    veto = [{"code": "V9", "text": "村级集体资产流失", "effect": {"max_stars": 2}}]
    other = make_scheme(code="rural", sectors=["village"], veto=veto)
    plan = plans.create_plan(actor=office, year=2027, name="x", scheme_version=city.scheme, sectors={village: other})
    branch = make_branch(city.other_committee, "青山村党支部", sector=village)
    assert [key for key, _label in items(plan)] == ["score:", "top_share:", "veto:V1", "veto:V9"]
    assert [key for key, _label in items(plan, branch)] == ["score:", "top_share:", "veto:V9"]


def test_the_office_chooses_schemes_of_sectors_on_the_page(city, office, village, rural, sign_in):
    client = sign_in(office)
    said = {"year": 2027, "name": "2027年度", "scheme_version": city.scheme.pk, "notice_days": 5}
    field = f"sector-{village.pk}"
    answer = client.post(reverse("cycles:plan_new"), said | {field: rural.pk})
    plan = YearPlan.objects.get(year=2027)
    assert (answer.status_code, chosen(plan)) == (302, [("village", "rural")])
    address = reverse("cycles:plan_edit", args=[plan.pk])
    page = client.get(address).content.decode()
    assert f'<option value="{rural.pk}" selected>' in page
    assert f"村: {rural}" in client.get(reverse("cycles:list")).content.decode()
    answer = client.post(address, said | {"version": 1, f"sector-{city.branch.sector_id}": rural.pk})
    assert (answer.status_code, chosen(plan)) == (422, [("village", "rural")])
    assert "不适用于“机关”" in answer.content.decode()
    answer = client.post(address, said | {"version": 1})
    assert (answer.status_code, chosen(plan)) == (302, [])
