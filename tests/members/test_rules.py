"""Who may do what with people, accounts and offices: the table the customer can read."""

import pytest

from members import rules
from members.models import User
from members.roles import THREE_OFFICES, Role
from tests.factories.members import appoint, make_user

pytestmark = pytest.mark.django_db
EVERYBODY = [
    "secretary", "deputy", "neighbour", "reviewer", "inspector", "leader",
    "office", "authority", "sysadmin", "secadmin", "auditor", "outsider",
]  # fmt: skip
LISTS = {
    rules.can_list_members: {"secretary", "deputy", "neighbour", "reviewer", "office"},
    rules.can_list_accounts: {"reviewer", "office", "sysadmin", "secadmin"},
    rules.can_create_account: {"office", "sysadmin"},
    rules.can_list_appointments: {"office", "secadmin"},
}
EDIT_MEMBER_OF_BRANCH = {"secretary", "deputy", "reviewer", "office"}
RESET = {  # whose password -> by whom
    "secretary": {"reviewer", "office", "sysadmin", "secadmin"},
    "reviewer": {"office", "sysadmin", "secadmin"},
    "inspector": {"office", "sysadmin", "secadmin"},
    "office": {"secadmin"},
    "authority": {"secadmin"},
    "sysadmin": {"secadmin"},
    "auditor": {"secadmin"},
    "outsider": {"office", "sysadmin", "secadmin"},
}
EDIT = {
    "secretary": {"office", "sysadmin"},
    "reviewer": {"office", "sysadmin"},
    "office": {"sysadmin"},
    "secadmin": {"sysadmin"},
    "sysadmin": set(),
}
GRANT = {role: {"secadmin"} | (set() if role in rules.POWERS else {"office"}) for role in Role}


@pytest.fixture
def people(request) -> dict[str, User]:
    return {name: request.getfixturevalue(name) for name in EVERYBODY}


def allowed(people: dict[str, User], rule) -> set[str]:
    """The names whom a rule allows; whoever is refused hears a reason."""
    answers = {name: rule(user) for name, user in people.items()}
    assert all(answer.reason.endswith("。") for answer in answers.values() if not answer)
    return {name for name, answer in answers.items() if answer}


@pytest.mark.parametrize("rule", LISTS, ids=lambda rule: rule.__name__)
def test_lists(people, rule):
    assert allowed(people, rule) == LISTS[rule]


def test_editing_members_of_a_branch(people, city):
    assert allowed(people, lambda user: rules.can_edit_member(user, city.branch)) == EDIT_MEMBER_OF_BRANCH
    far = allowed(people, lambda user: rules.can_edit_member(user, city.far_branch))
    assert far == {"office"}


@pytest.mark.parametrize("whose", RESET)
def test_resetting_a_password(people, whose):
    assert allowed(people, lambda user: rules.can_reset_password(user, people[whose])) == RESET[whose]


@pytest.mark.parametrize("whose", EDIT)
def test_editing_an_account(people, whose):
    assert allowed(people, lambda user: rules.can_edit_account(user, people[whose])) == EDIT[whose]


@pytest.mark.parametrize("role", Role)
def test_granting_an_office(people, role):
    newcomer = make_user("newcomer")
    assert allowed(people, lambda user: rules.can_appoint(user, newcomer, role)) == GRANT[role]


def test_nobody_grants_to_himself_nor_through_a_second_account(secadmin, city):
    from tests.factories.members import make_member

    member = make_member(city.branch)
    User.objects.filter(pk=secadmin.pk).update(member=member)
    secadmin.refresh_from_db()
    second = make_user("second", member=member)
    assert not rules.can_appoint(secadmin, secadmin, Role.INSPECTOR)
    assert not rules.can_appoint(secadmin, second, Role.INSPECTOR)


def test_department_cannot_reset_an_account_that_holds_more(reviewer, secretary):
    appoint(secretary, Role.OFFICE)
    assert not rules.can_reset_password(reviewer, User.objects.get(pk=secretary.pk))


@pytest.mark.parametrize("held", Role)
@pytest.mark.parametrize("wanted", Role)
def test_three_administrators_exclude_each_other_and_scoring(held, wanted):
    excluded = held != wanted and (held in THREE_OFFICES or wanted in THREE_OFFICES)
    assert rules.excludes(held, wanted) == excluded
