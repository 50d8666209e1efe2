"""A published list keeps the names of its day, whatever branches, organizations and units are called later."""

import io

import openpyxl
import pytest
from django.core.management import call_command
from django.urls import reverse

from assessments.cycles.models import Cycle
from assessments.reports.services import request_ranking
from assessments.results.models import Publication, Result
from assessments.results.services.publishing import prepare_publication, publish
from branches.models import Branch, FormerName, Organization, Unit
from branches.services.branches import change_branch, change_unit
from branches.services.organizations import change_organization
from branchportal import worker
from branchportal.models import Job
from tests.factories.results import BEST, make_approved, make_tally

BRANCH, UNIT, COMMITTEE = "新名支部", "新名单位", "新名党委"


@pytest.fixture
def published(city, inspector, office, authority):
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="progress")
    city.cycle.refresh_from_db()
    for points, sheet in zip(
        (10, 9, 8, 7), (city.sheet, city.sibling_sheet, city.far_sheet, city.farther_sheet), strict=True
    ):
        make_approved(sheet, inspector, marks=BEST, points=points)
    tally = make_tally(city.cycle, office)
    said = {"digest": tally.digest, "title": "2026年第四季度考评结果", "document_number": "〔2026〕18号"}
    return publish(publication=prepare_publication(tally=tally, actor=office, **said), actor=authority)


def rename(city, office) -> tuple[str, str, str]:
    """Rename the branch, its unit and its committee; returns the names they had."""
    branch = Branch.objects.select_related("unit", "organization").get(pk=city.branch.pk)
    unit, committee = Unit.objects.get(pk=branch.unit_id), Organization.objects.get(pk=branch.organization_id)
    change_branch(actor=office, branch=branch, version=branch.version, name=BRANCH)
    change_unit(actor=office, unit=unit, version=unit.version, name=UNIT)
    change_organization(
        actor=office, organization=committee, version=committee.version, parent=committee.parent, name=COMMITTEE
    )
    return branch.name, unit.name, committee.name


def names(rows) -> tuple[str, str, str]:
    row = rows[0]
    return row.branch.name, row.unit.name, row.organization.name


def test_a_published_list_keeps_its_names_and_its_digest(published, city, office, secretary, sign_in) -> None:
    old = rename(city, office)
    rows = Result.objects.filter(tally=published.tally, branch=city.branch)
    assert names(rows.for_table()) == old
    short = rows.for_ranking()[0]
    assert (short.branch.name, short.organization.name) == (old[0], old[2])
    assert names(list(rows.for_table().iterator())) == old
    client = sign_in(office)
    for address in (reverse("results:ranking") + f"?tally={published.tally_id}",
                    reverse("results:publication", args=[published.pk])):  # fmt: skip
        page = client.get(address).content.decode()
        assert old[0] in page
        assert BRANCH not in page
    page = sign_in(secretary).get(reverse("reports:result", args=[rows.get().pk])).content.decode()
    assert f"该支部现名“{BRANCH}”" in page
    call_command("publication_verify")
    assert Publication.objects.get(pk=published.pk).digest == published.digest


def test_its_workbook_keeps_them_too(published, city, office, sign_in) -> None:
    old = rename(city, office)
    request_ranking(actor=office, tally=published.tally, kind="xlsx")
    worker.run_due_here()
    job = Job.objects.get(task="reports.ranking_xlsx")
    content = b"".join(sign_in(office).get(reverse("task_file", args=[job.pk])).streaming_content)
    book = openpyxl.load_workbook(io.BytesIO(content))
    said = {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
    assert {old[0], old[1], old[2]} <= said
    assert not said & {BRANCH, UNIT, COMMITTEE}


def test_a_candidate_shows_the_names_of_now(city, inspector, office) -> None:
    make_approved(city.sheet, inspector)
    tally = make_tally(city.cycle, office)
    rename(city, office)
    assert names(Result.objects.filter(tally=tally, branch=city.branch).for_table()) == (BRANCH, UNIT, COMMITTEE)


def test_renaming_twice_keeps_every_name_with_its_day(published, city, office, sign_in) -> None:
    old, *_others = rename(city, office)
    branch = Branch.objects.get(pk=city.branch.pk)
    change_branch(actor=office, branch=branch, version=branch.version, name="更新名支部")
    assert list(FormerName.objects.filter(branch=branch).values_list("name", flat=True)) == [old, BRANCH]
    assert Result.objects.for_table().get(branch=branch).branch.name == old
    page = sign_in(office).get(reverse("branches:branch_edit", args=[branch.pk])).content.decode()
    assert f"“{old}”（至" in page
    assert f"“{BRANCH}”（至" in page


def test_a_change_of_something_else_keeps_no_name(city, office) -> None:
    change_branch(actor=office, branch=city.branch, version=city.branch.version, contact="总机")
    assert not FormerName.objects.exists()
