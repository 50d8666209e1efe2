"""Lists of branches under review and approval lists, once settled, are kept by the database itself."""

import pytest
from django.db import DatabaseError, connection, transaction

from assessments.cycles.scoping import ScopeBranch
from assessments.inspections.scoping import services as scoping
from assessments.sheets.listing import services as listing
from assessments.sheets.listing.models import ApprovalList, ListedSheet
from branchportal import guards
from members.models import User
from tests.conftest import City
from tests.factories.scopes import pass_on, review_only

pytestmark = pytest.mark.django_db
WAYS = [
    "UPDATE assessments_reviewscope SET seed = '7'",
    "DELETE FROM assessments_reviewscope",
    "UPDATE assessments_scopebranch SET branch_id = branch_id + 1",
    "DELETE FROM assessments_scopebranch",
    "INSERT INTO assessments_scopebranch (cycle_id, branch_id, origin, stratum, reason, added_by_id, added_at) "
    "SELECT cycle_id, {other}, origin, stratum, reason, added_by_id, '2020-01-01 00:00:00+00' "
    "FROM assessments_scopebranch",
    "UPDATE assessments_approvallist SET status = 'withdrawn'",
    "DELETE FROM assessments_approvallist",
    "UPDATE assessments_listedsheet SET sheet_version = sheet_version + 1",
    "UPDATE assessments_listedsheet SET reason = 'x' WHERE status = 'approved'",
    "DELETE FROM assessments_listedsheet",
    "INSERT INTO assessments_listedsheet (approval_list_id, sheet_id, sheet_version, status, reason) "
    "SELECT approval_list_id, {sheet}, 1, 'waiting', '' FROM assessments_listedsheet",
]


@pytest.fixture
def approved(city: City, secretary: User, reviewer: User, office: User, authority: User) -> ApprovalList:
    """A list of one sheet outside the scope, approved, its sheet still waiting to be sealed."""
    review_only(city.cycle, city.branch, by=office)
    pass_on([city.sibling_sheet], submitted_by=secretary, passed_by=reviewer)
    listed = listing.prepare_list(actor=office, cycle=city.cycle)
    listing.approve_list(actor=authority, listed=listed)
    return listed


@pytest.mark.parametrize("number", range(len(WAYS)))
def test_what_is_settled_stays_whoever_writes(approved: ApprovalList, city: City, number: int) -> None:
    rows = list(ListedSheet.objects.all())
    if "status = 'approved'" in WAYS[number]:
        ListedSheet.objects.filter(pk=rows[0].pk).update(status=ListedSheet.Status.APPROVED)
    statement = WAYS[number].format(other=city.far_branch.pk, sheet=city.far_sheet.pk)
    with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_branches_are_still_added_by_hand_and_the_guards_are_missed_when_gone(
    approved: ApprovalList, city: City, office: User
) -> None:
    scoping.add_branches(actor=office, cycle=city.cycle, branches=[city.far_branch], reason="群众反映问题较多")
    assert ScopeBranch.objects.count() == 2
    names = {"assessments_scopebranch_settled_delete", "assessments_listedsheet_decided_update"}
    assert names <= set(guards.names())
    assert not names & set(guards.missing())
