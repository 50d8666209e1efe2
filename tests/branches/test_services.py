"""The tree and its branches: paths, moves, refusals."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command

from branches.models import Branch, Organization, Sector
from branches.services import branches, organizations
from branches.tree import tree_of
from branchportal.errors import PortalError, StaleState
from branchportal.models import AuditEntry

pytestmark = pytest.mark.django_db


def change(office, organization: Organization, parent: Organization | None, version: int = 1) -> Organization:
    values = {name: getattr(organization, name) for name in ("code", "name", "kind", "unit", "contact", "phone")}
    return organizations.change_organization(
        actor=office, organization=organization, version=version, parent=parent, **values
    )


def test_new_node_lies_on_its_superiors_path(office, city):
    made = organizations.create_organization(actor=office, parent=city.committee, code="N", name="新总支")
    assert made.path == f"{city.committee.path}{made.pk}/"
    assert AuditEntry.objects.filter(action="organization.created", object_id=made.pk).exists()


def test_moving_a_node_takes_its_subtree_along(office, city):
    low = organizations.create_organization(actor=office, parent=city.committee, code="N", name="新总支")
    moved = change(office, city.committee, city.other_committee)
    low.refresh_from_db()
    assert moved.path == f"{city.other_committee.path}{moved.pk}/"
    assert low.path == f"{moved.path}{low.pk}/"
    assert set(Branch.objects.within(city.other_committee)) == set(Branch.objects.all())


def test_nobody_becomes_his_own_superior(office, city):
    low = organizations.create_organization(actor=office, parent=city.committee, code="N", name="新总支")
    for parent in (city.committee, low):
        with pytest.raises(PortalError, match="不能作为上级"):
            change(office, city.committee, parent)
    city.committee.refresh_from_db()
    assert city.committee.parent == city.work_committee


def test_moves_need_the_version_that_was_seen(office, city):
    change(office, city.committee, city.other_committee)
    with pytest.raises(StaleState):
        change(office, city.committee, city.work_committee)


def test_paths_can_be_rebuilt_from_the_superiors(city):
    before = dict(Organization.objects.values_list("pk", "path"))
    Organization.objects.update(path="/wrong/")
    assert organizations.rebuild_paths() == len(before)
    assert dict(Organization.objects.values_list("pk", "path")) == before


def test_organization_with_branches_stays_active(office, city):
    with pytest.raises(PortalError, match="2个党支部"):
        organizations.set_organization_active(actor=office, organization=city.committee, version=1, is_active=False)


def test_branch_is_closed_on_a_day_and_reopened(office, city):
    Branch.objects.filter(pk=city.branch.pk).update(founded_on=date(2020, 7, 1))
    city.branch.refresh_from_db()
    with pytest.raises(PortalError, match="2020-07-01"):
        branches.close_branch(actor=office, branch=city.branch, version=1, dissolved_on=date(2020, 6, 30))
    closed = branches.close_branch(actor=office, branch=city.branch, version=1, dissolved_on=date(2026, 6, 30))
    assert (closed.is_active, closed.dissolved_on, closed.version) == (False, date(2026, 6, 30), 2)
    assert branches.reopen_branch(actor=office, branch=closed, version=2).is_active


def test_only_the_office_edits_the_tree(city, secretary, reviewer, authority, sysadmin, auditor):
    for user in (secretary, reviewer, authority, sysadmin, auditor):
        with pytest.raises(PermissionDenied):
            organizations.create_organization(actor=user, parent=None, code="N", name="新")
        with pytest.raises(PermissionDenied):
            branches.change_branch(actor=user, branch=city.branch, version=1, name="新名")


def test_tree_counts_subtrees_and_shows_a_part_from_its_top(city):
    counts = {city.committee.pk: 2, city.other_committee.pk: 2, city.work_committee.pk: 1}
    rows = list(Organization.objects.all())
    nodes = [(node.organization, node.depth, node.branches, node.organizations) for node in tree_of(rows, counts)]
    assert nodes == [
        (city.work_committee, 0, 5, 2),
        (city.committee, 1, 2, 0),
        (city.other_committee, 1, 2, 0),
    ]
    part = tree_of([city.committee], counts)
    assert [(node.organization, node.depth) for node in part] == [(city.committee, 0)]


def test_sectors_are_loaded_twice_without_harm(db):
    for _time in range(2):
        call_command("loaddata", "fixtures/sectors.json", verbosity=0)
    assert Sector.objects.count() == 10
    assert Sector.objects.get(code="two_new").name == "两新组织"
