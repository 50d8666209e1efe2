"""The cast: always the same people in a small city of two committees with two branches each."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import connection
from django.test import Client

from assessments.cycles.models import Cycle
from assessments.schemes import loading
from assessments.schemes.models import SchemeVersion
from assessments.sheets.models import Sheet
from branches.models import Branch, Organization
from branchportal import guards, verifications
from members.models import User
from members.roles import Role

from .factories.assessments import make_cycle, make_sheet, make_team
from .factories.branches import make_branch, make_organization, make_sector, make_unit
from .factories.members import appoint, make_user
from .factories.schemes import make_scheme
from .migrated import MigratedCopy, address_of, fill_at_creation

pytest_plugins = ["tests.services"]


@pytest.fixture(scope="session")
def migrated_copy() -> MigratedCopy:
    return MigratedCopy(connection.vendor)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, migrated_copy: MigratedCopy) -> None:
    fill_at_creation(migrated_copy)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, migrated_copy: MigratedCopy, django_db_blocker: object) -> Iterator[None]:
    """The migrated database, left to the other processes of the run.

    A thread of a live server that a closing browser left in the middle may keep its connection: it is ended, or
    PostgreSQL would refuse to drop the database of the tests."""
    migrated_copy.keep(address_of(str(connection.settings_dict["NAME"])))
    yield
    if connection.vendor == "postgresql":
        connection.close()  # the last test may have stopped the server behind it
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(autouse=True)
def _forget_schemes() -> None:
    """Ids are used again after a test's rollback; what was kept of schemes must not outlive it."""
    for kept in (loading._scheme, loading._layout, loading._index):
        kept.cache_clear()


@pytest.fixture(autouse=True)
def _guards_down_where_tests_flush(request: pytest.FixtureRequest, django_db_blocker: object) -> None:
    """A test on committed rows empties the tables afterwards; the flush ends with the triggers made anew."""
    marker = request.node.get_closest_marker("django_db")
    if "transactional_db" in request.fixturenames or (marker and marker.kwargs.get("transaction")):
        with django_db_blocker.unblock():
            guards.drop()


@pytest.fixture(autouse=True)
def _no_verification_by_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """A suite that runs in the small hours would start them in threads that outlive the test that ticked."""
    monkeypatch.setattr(verifications, "_apart", lambda work: verifications._running.release())


@pytest.fixture(autouse=True)
def _private_files(settings: object, tmp_path: object) -> None:
    """Uploads, exports and anchors of a test stay in its own folder."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.AUDIT_ANCHORS = str(tmp_path / "anchors" / "audit.log")


@dataclass
class City:
    """A work committee, two committees, four branches, an open cycle with a draft sheet per branch, one team."""

    work_committee: Organization
    committee: Organization
    other_committee: Organization
    branch: Branch
    sibling: Branch
    far_branch: Branch
    farther_branch: Branch
    scheme: SchemeVersion
    cycle: Cycle
    sheet: Sheet
    sibling_sheet: Sheet
    far_sheet: Sheet
    farther_sheet: Sheet


@pytest.fixture
def city(db: None) -> City:
    sector = make_sector()
    work = make_organization("市直机关工委", kind=Organization.Kind.WORK_COMMITTEE)
    units = [make_unit("市发展局"), make_unit("市教育局")]
    near = make_organization("市发展局机关党委", work, unit=units[0])
    far = make_organization("市教育局机关党委", work, unit=units[1])
    branches = [
        make_branch(near, "市发展局机关第一党支部", sector=sector),
        make_branch(near, "市发展局机关第二党支部", sector=sector),
        make_branch(far, "市教育局机关第一党支部", sector=sector),
        make_branch(far, "市教育局机关第二党支部", sector=sector),
    ]
    scheme = make_scheme()
    cycle = make_cycle(scheme)
    sheets = [make_sheet(cycle, branch) for branch in branches]
    return City(work, near, far, *branches, scheme, cycle, *sheets)


@pytest.fixture
def secretary(city: City) -> User:
    """Secretary of `city.branch`."""
    return appoint(make_user("secretary", name="赵书记"), Role.SECRETARY, branch=city.branch)


@pytest.fixture
def deputy(city: City) -> User:
    """Deputy of `city.branch`: fills in, never submits."""
    return appoint(make_user("deputy", name="钱委员"), Role.DEPUTY, branch=city.branch)


@pytest.fixture
def neighbour(city: City) -> User:
    """Secretary of the sibling branch: must see nothing of ours."""
    return appoint(make_user("neighbour", name="孙书记"), Role.SECRETARY, branch=city.sibling)


@pytest.fixture
def reviewer(city: City) -> User:
    """Department reviewer of the committee above `city.branch`."""
    return appoint(make_user("reviewer", name="李专干"), Role.DEPARTMENT, organization=city.committee)


@pytest.fixture
def inspector(city: City) -> User:
    """Inspector of the team that reviews all four branches (with `leader`)."""
    user = appoint(make_user("inspector", name="周检查员"), Role.INSPECTOR)
    leader = appoint(make_user("leader", name="吴组长"), Role.LEADER)
    make_team(
        city.cycle, city.branch, city.sibling, city.far_branch, city.farther_branch, members=(user,), leader=leader
    )
    return user


@pytest.fixture
def leader(inspector: User) -> User:
    """Leader of the inspector's team."""
    return User.objects.get(username="leader")


@pytest.fixture
def office(city: City) -> User:
    return appoint(make_user("office", name="郑干事"), Role.OFFICE)


@pytest.fixture
def authority(city: City) -> User:
    return appoint(make_user("authority", name="王部长"), Role.AUTHORITY)


@pytest.fixture
def sysadmin(city: City) -> User:
    return appoint(make_user("sysadmin", name="冯工"), Role.SYSTEM_ADMIN)


@pytest.fixture
def secadmin(city: City) -> User:
    return appoint(make_user("secadmin", name="陈工"), Role.SECURITY_ADMIN)


@pytest.fixture
def auditor(city: City) -> User:
    return appoint(make_user("auditor", name="褚审计"), Role.AUDITOR)


@pytest.fixture
def outsider(city: City) -> User:
    """An account without any office."""
    return make_user("outsider", name="卫某")


@pytest.fixture
def sign_in() -> Iterator[object]:
    """`sign_in(user)`: a client that is signed in."""

    def make(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make
