"""The demonstration city's tree: units, committees, branches, members, accounts, offices and inspection teams."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from random import Random

from django.contrib.auth.hashers import make_password

from branches.models import Branch, Organization, Sector, Unit
from branchportal.bulk import advance_ids, insert_rows, next_id
from members.models import Appointment, Member, User
from members.roles import Role

from ..cycles.models import Team, TeamMembership, YearPlan
from .names import BRANCH_NAMES, COMMITTEE_WORD, RETIRED, UNITS, person_name

PASSWORD = "Binhe-demo-2026"
TEAM_WORDS = "一二三四五六七八"
NUMERALS = "一二三四五六七八九十"


@dataclass
class City:
    """What the later steps of the seeder need of the tree."""

    root: Organization
    branches: list[Branch] = field(default_factory=list)
    secretaries: dict[int, User] = field(default_factory=dict)  # by branch id
    departments: dict[int, User] = field(default_factory=dict)  # by organization id
    teams: list[list[User]] = field(default_factory=list)  # leader first
    people: dict[str, User] = field(default_factory=dict)  # the printed accounts by role name


def build_tree(random: Random) -> City:
    """Work committee, 75 units with a committee each, 680 branches, two of them directly under the work committee."""
    sectors = {sector.code: sector for sector in Sector.objects.all()}
    root = Organization.objects.create(
        code="GW",
        name="滨和市直属机关工作委员会",
        kind=Organization.Kind.WORK_COMMITTEE,
        contact="考评办",
        phone="0000-1000000",
    )
    Organization.objects.filter(pk=root.pk).update(path=f"/{root.pk}/")
    root.refresh_from_db()
    city = City(root)
    for number, (name, sector, size) in enumerate(UNITS, 1):
        unit = Unit.objects.create(code=f"D{number:03d}", name=name)
        committee = Organization.objects.create(
            code=f"W{number:03d}",
            name=f"{name}{COMMITTEE_WORD[sector]}",
            parent=root,
            unit=unit,
            contact=person_name(random),
            phone=f"0000-{1000000 + number}",
        )
        committee.path = f"{root.path}{committee.pk}/"
        committee.save(update_fields=["path"])
        for at, short in enumerate(_branch_names(sector, size), 1):
            is_direct = name == "市直机关工委" and at <= 2
            city.branches.append(
                Branch(
                    code=f"{number:03d}{at:02d}",
                    name=f"{name}{short}党支部",
                    organization=root if is_direct else committee,
                    sector=sectors["retired" if short == RETIRED else sector],
                    unit=unit,
                    founded_on=date(1990 + random.randrange(33), random.randrange(1, 13), 1),
                    has_committee=random.random() < 0.8,
                    has_groups=random.random() < 0.3,
                    has_shared_premises=random.random() < 0.12,
                    contact=person_name(random),
                    phone=f"0000-{2000000 + number * 100 + at}",
                )
            )
    Branch.objects.bulk_create(city.branches, batch_size=500)
    return city


def _branch_names(sector: str, size: int) -> list[str]:
    """Names within a unit: departments, then numbered ones, at last the retired."""
    pool = BRANCH_NAMES[sector]
    names = [pool[at % len(pool)] + ("" if at < len(pool) else f"第{NUMERALS[at // len(pool)]}") for at in range(size)]
    if size >= 6:
        names[-1] = RETIRED
    return names


def add_members(city: City, random: Random) -> int:
    """About 9,000 invented members; returns how many."""
    columns = ("branch", "number", "name", "kind", "joined_on", "post", "is_active", "version")
    rows = []
    for branch in city.branches:
        size = max(5, min(38, round(random.gauss(13.2, 5.5))))
        for at in range(1, size + 1):
            kind = "probationary" if at > 3 and random.random() < 0.04 else "full"
            joined = date(1985, 7, 1) + timedelta(days=random.randrange(14_000))
            post = "书记" if at == 1 else "副书记" if at == 2 else "组织委员" if at == 3 else ""
            rows.append((branch.pk, f"{at:03d}", person_name(random), kind, joined, post, True, 1))
    return insert_rows(Member, columns, rows)


def add_accounts(city: City, random: Random, since: date) -> None:
    """An account for every secretary, department reviewer, inspector and office; one password hash for all."""
    password = make_password(PASSWORD)
    first = {(m.branch_id, m.number): m for m in Member.objects.filter(number__in=["001", "002", "003", "004"])}
    keys, users, offices = count(next_id(User)), [], []

    def account(username: str, name: str, role: str, member: Member | None = None, **scope: object) -> User:
        user = User(
            pk=next(keys), username=username, name=name, member=member, password=password, must_change_password=False
        )
        users.append(user)
        offices.append(Appointment(user_id=user.pk, role=role, starts_on=since, **scope))
        return user

    for branch in city.branches:
        member = first[branch.pk, "001"]
        city.secretaries[branch.pk] = account(f"s{branch.code}", member.name, Role.SECRETARY, member, branch=branch)
    for branch in city.branches[::4]:
        member = first[branch.pk, "002"]
        account(f"d{branch.code}", member.name, Role.DEPUTY, member, branch=branch)
    for organization in Organization.objects.filter(parent=city.root):
        name = organization.contact
        user = account(f"c{organization.code[1:]}", name, Role.DEPARTMENT, organization=organization)
        city.departments[organization.pk] = user
    account("k001", person_name(random), Role.DEPUTY, organization=city.branches[0].organization)
    _add_inspectors(city, account, first)
    for username, role in (
        ("office1", Role.OFFICE), ("office2", Role.OFFICE),
        ("authority1", Role.AUTHORITY), ("authority2", Role.AUTHORITY),
        ("sysadmin", Role.SYSTEM_ADMIN), ("secadmin", Role.SECURITY_ADMIN), ("auditor", Role.AUDITOR),
    ):  # fmt: skip
        city.people[username] = account(username, person_name(random), role)
    User.objects.bulk_create(users, batch_size=500)
    Appointment.objects.bulk_create(offices, batch_size=500)
    advance_ids(User)


def _add_inspectors(city: City, account: object, first: dict) -> None:
    """Eight teams: a leader and four inspectors, members of branches that another team reviews."""
    for team in range(8):
        homes = [branch for branch in city.branches if team_of(branch) == (team + 3) % 8][:5]
        members = []
        for at, branch in enumerate(homes):
            member = first[branch.pk, "004"]
            role = Role.LEADER if at == 0 else Role.INSPECTOR
            name = f"leader{team + 1}" if at == 0 else f"inspector{team + 1}{at}"
            members.append(account(name, member.name, role, member))
        city.teams.append(members)


def team_of(branch: Branch) -> int:
    """Which of the eight teams reviews a branch: all branches of a unit go together."""
    return int(branch.code[:3]) % 8


def add_teams(city: City, plan: YearPlan) -> list[Team]:
    """The eight teams of a year."""
    teams = [Team.objects.create(plan=plan, name=f"第{TEAM_WORDS[at]}考评组") for at in range(8)]
    TeamMembership.objects.bulk_create(
        TeamMembership(team=team, user=user, is_leader=at == 0)
        for team, users in zip(teams, city.teams, strict=True)
        for at, user in enumerate(users)
    )
    return teams
