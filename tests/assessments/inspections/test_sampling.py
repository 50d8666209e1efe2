"""A draw can be repeated by anybody, and gives every group its share."""

import hashlib
from collections import Counter

import pytest
from django.core.exceptions import PermissionDenied

from assessments.inspections.models import Visit
from assessments.inspections.sampling import draw, pack, shares, unpack
from assessments.inspections.services import plans
from branchportal.errors import PortalError
from branchportal.models import AuditEntry
from members.models import User
from tests.factories.members import make_member

PEOPLE = [(f"{number:05d}", "机关 · 五星" if number % 3 else "学校 · 三星") for number in range(90)]


def test_the_same_seed_draws_the_same() -> None:
    first, second = (draw(PEOPLE, 20, "2026", stratified=False) for _ in range(2))
    assert first == second
    assert draw(PEOPLE, 20, "2027", stratified=False) != first


def test_anybody_can_repeat_it_with_a_hash() -> None:
    """Written down here a second time, the way the page explains it."""
    expected = sorted(code for code, _group in PEOPLE)
    expected.sort(key=lambda code: hashlib.sha256(f"2026:{code}".encode()).hexdigest())
    drawn = sorted(draw(PEOPLE, 7, "2026", stratified=False), key=lambda each: each.place)
    assert [each.code for each in drawn] == expected[:7]


def test_the_order_of_the_list_does_not_matter() -> None:
    assert draw(PEOPLE[::-1], 20, "x", stratified=True) == draw(PEOPLE, 20, "x", stratified=True)


def test_groups_give_in_proportion() -> None:
    found = Counter(each.stratum for each in draw(PEOPLE, 30, "2026", stratified=True))
    assert found == {"机关 · 五星": 20, "学校 · 三星": 10}


@pytest.mark.parametrize("number", [1, 2, 3, 5, 50, 89, 90, 200])
def test_as_many_as_asked_for_and_nobody_twice(number) -> None:
    drawn = draw(PEOPLE, number, "2026", stratified=True)
    assert len(drawn) == len({each.code for each in drawn}) == min(number, 90)


@pytest.mark.parametrize("number", range(1, 40))
def test_shares_add_up_and_none_exceeds_its_group(number) -> None:
    sizes = {"a": 25, "b": 1, "c": 1, "d": 12}
    found = shares(sizes, number, "seed")
    assert sum(found.values()) == number
    assert all(0 <= found[name] <= size for name, size in sizes.items())
    if number >= len(sizes):
        assert min(found.values()) >= 1


def test_the_list_is_kept_as_it_was() -> None:
    assert unpack(pack(PEOPLE)) == sorted(PEOPLE)
    assert unpack("") == []


@pytest.mark.django_db
class TestDrawing:
    def draw(self, site: object, office: User, **changes: object) -> plans.Outcome:
        said = {"method": "stratified", "wanted": 2, "seed": "2026"}
        return plans.draw_branches(actor=office, plan=site.plan, version=site.plan.version, **(said | changes))

    @pytest.fixture
    def site(self, city, office, inspector):
        from datetime import timedelta

        from django.utils import timezone

        today = timezone.localdate()
        plan = plans.make_plan(
            actor=office, cycle=city.cycle, name="抽样考察", aim="", days=(today, today + timedelta(days=9)),
            is_announced=True,
        )  # fmt: skip
        return type("Site", (), {"plan": plan})

    def test_seed_and_list_are_kept_and_repeat_the_draw(self, site, office) -> None:
        self.draw(site, office)
        site.plan.refresh_from_db()
        people = unpack(site.plan.population)
        again = draw(people, site.plan.wanted, site.plan.seed, stratified=True)
        drawn = Visit.objects.filter(plan=site.plan).values_list("branch__code", flat=True)
        assert sorted(drawn) == sorted(each.code for each in again)
        entry = AuditEntry.objects.get(action="visit_plan.drawn")
        assert entry.after["population_sha256"] == hashlib.sha256(site.plan.population.encode()).hexdigest()

    def test_an_empty_seed_is_drawn_and_kept(self, site, office) -> None:
        self.draw(site, office, seed="")
        site.plan.refresh_from_db()
        assert len(site.plan.seed) == 9

    def test_drawn_once_only(self, site, office) -> None:
        self.draw(site, office)
        with pytest.raises(PermissionDenied):
            self.draw(site, office)
        assert Visit.objects.count() == 2

    @pytest.mark.parametrize("changes", [{"wanted": 0}, {"wanted": 5}, {"method": "hand"}, {"seed": "x" * 41}])
    def test_what_cannot_be_drawn(self, site, office, changes) -> None:
        with pytest.raises(PortalError):
            self.draw(site, office, **changes)
        assert not Visit.objects.exists()

    def test_visits_go_to_the_team_unless_one_of_it_has_a_tie(self, site, city, office, inspector) -> None:
        User.objects.filter(pk=inspector.pk).update(member=make_member(city.branch))
        self.draw(site, office, method="all")
        teams = dict(Visit.objects.values_list("branch_id", "team"))
        assert teams[city.branch.pk] is None
        assert teams[city.sibling.pk] is not None
