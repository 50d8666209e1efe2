"""Columns of the files for members and accounts. Headings are a file format: Chinese, outside gettext."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import ClassVar

import tablib
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from branches.imports.columns import (
    ChoiceWidget,
    CodeWidget,
    Column,
    DayWidget,
    FlagWidget,
    MailWidget,
    PhoneWidget,
)
from branches.imports.resource import Plan, PortalResource
from branches.models import Branch, Organization
from branches.resources import by_code
from branchportal import audit

from . import rules
from .credentials import username_problem
from .models import Appointment, Member, User
from .roles import Role
from .services.appointments import described, problem_of

NO_BRANCH = gettext_lazy("There is no active branch with this code. Import the branches first, or correct the code.")
NO_ORGANIZATION = gettext_lazy("There is no active organization with this code. Correct the code.")


class MemberResource(PortalResource):
    title, action, key = "党员", "member", ("branch", "number")

    branch = Column(
        "branch",
        "党支部编码",
        note="填已有的党支部编码",
        example="示例：0101001",
        is_required=True,
        widget=CodeWidget("branches", NO_BRANCH),
    )
    number = Column("number", "编号", note="支部内唯一的编号，不填身份证号", example="001", is_required=True)
    name = Column("name", "姓名", note="不超过40个字", example="王五", is_required=True)
    kind = Column(
        "kind",
        "类别",
        note="填“正式党员”或“预备党员”，空白为“正式党员”",
        example="正式党员",
        widget=ChoiceWidget({"正式党员": "full", "预备党员": "probationary"}, default="full"),
    )
    joined_on = Column(
        "joined_on", "入党日期", note="写成 2011-07-01，不清楚则留空", example="2011-07-01", widget=DayWidget()
    )
    post = Column("post", "支部职务", note="如书记、组织委员，没有则留空", example="组织委员")
    is_active = Column(
        "is_active", "是否在册", note="填“是”或“否”，空白为“是”", example="是", widget=FlagWidget(default=True)
    )

    class Meta:
        model = Member
        import_id_fields = ("branch", "number")
        fields = ("branch", "number", "name", "kind", "joined_on", "post", "is_active")
        skip_diff = True
        clean_model_instances = True

    def load_lookups(self, dataset: tablib.Dataset) -> None:
        self.lookups = {"branches": by_code(_branches_of(self.actor))}

    def load_stored(self, dataset: tablib.Dataset) -> models.QuerySet:
        codes = set(dataset[self.column("branch").column_name]) & self.lookups["branches"].keys()
        return Member.objects.filter(branch__code__in=codes).select_related("branch")

    def stored_key(self, instance: Member) -> tuple:
        return instance.branch.code, instance.number

    def export_rows(self, user: User) -> models.QuerySet:
        return Member.objects.visible_to(user).filter(is_active=True).for_table().order_by("branch__code", "number")


class AccountResource(PortalResource):
    """One row an account, with at most one office. Passwords are never in a file: slips are printed afterwards."""

    title, action, key = "账号", "account", ("username",)
    ROLES: ClassVar = {
        "支部书记": Role.SECRETARY.value,
        "支部副书记（委员、干事）": Role.DEPUTY.value,
        "初审人员": Role.DEPARTMENT.value,
        "考评组成员": Role.INSPECTOR.value,
        "考评组组长": Role.LEADER.value,
        "考评办": Role.OFFICE.value,
        "审定": Role.AUTHORITY.value,
        "系统管理员": Role.SYSTEM_ADMIN.value,
        "安全管理员": Role.SECURITY_ADMIN.value,
        "审计员": Role.AUDITOR.value,
    }

    username = Column("username", "账号", note="2至40个字母、数字或 . _ -", example="示例：sjj01", is_required=True)
    name = Column("name", "姓名", note="不超过40个字", example="王五", is_required=True)
    phone = Column(
        "phone",
        "办公电话",
        note="填办公电话，不填手机号；带星号表示不变",
        example="12345678",
        widget=PhoneWidget(),
    )
    mail = Column(
        "mail",
        "邮箱",
        note="用于接收提醒，如 zhang.san@example.gov.cn；没有则留空，带星号表示不变",
        example="wang.wu@example.gov.cn",
        widget=MailWidget(),
        width=28,
    )
    member_branch = Column(
        "member_branch",
        "党员所在支部编码",
        note="与“党员编号”同填，账号与党员名册对应；没有则都留空",
        example="0101001",
        width=18,
    )
    member_number = Column("member_number", "党员编号", note="该党员在支部名册中的编号", example="001")
    office_role = Column(
        "office_role",
        "职务",
        note="填：支部书记、支部副书记（委员、干事）、初审人员、考评组成员、考评组组长；没有则留空",
        example="支部书记",
        widget=ChoiceWidget(ROLES),
        width=24,
    )
    office_branch = Column(
        "office_branch",
        "任职党支部编码",
        note="支部书记、副书记填写",
        example="0101001",
        widget=CodeWidget("branches", NO_BRANCH),
    )
    office_organization = Column(
        "office_organization",
        "任职党组织编码",
        note="初审人员填写；负责所属全部支部的干事也填写",
        widget=CodeWidget("organizations", NO_ORGANIZATION),
    )
    office_starts = Column(
        "office_starts", "任职起", note="写成 2026-01-01，空白为今天", example="2026-01-01", widget=DayWidget()
    )
    office_ends = Column("office_ends", "任职止", note="写成 2028-12-31，没有期限则留空", widget=DayWidget())

    class Meta:
        model = User
        import_id_fields = ("username",)
        fields = (
            "username",
            "name",
            "phone",
            "mail",
            "member_branch",
            "member_number",
            "office_role",
            "office_branch",
            "office_organization",
            "office_starts",
            "office_ends",
        )
        skip_diff = True
        clean_model_instances = True

    def load_lookups(self, dataset: tablib.Dataset) -> None:
        self.lookups = {
            "branches": by_code(Branch.objects.filter(is_active=True).select_related("organization")),
            "organizations": by_code(Organization.objects.filter(is_active=True)),
        }
        codes = set(_cells(dataset, self.column("member_branch").column_name)) - {""}
        members = Member.objects.filter(branch__code__in=codes).select_related("branch")
        self._members = {(member.branch.code, member.number): member for member in members}
        self._offices: dict[object, list[Appointment]] = defaultdict(list)
        rows = Appointment.objects.select_related("user", "branch__organization", "organization")
        for office in rows.filter(models.Q(ends_on=None) | models.Q(ends_on__gte=timezone.localdate())):
            self._remember(office)

    def load_stored(self, dataset: tablib.Dataset) -> models.QuerySet:
        return super().load_stored(dataset).select_related("member__branch")

    def import_instance(self, instance: User, row: dict, **kwargs: object) -> None:
        super().import_instance(instance, row, **kwargs)
        if not instance.pk:
            instance.password = make_password(None)  # nobody can sign in before a slip is printed
            if problem := username_problem(instance.username):
                raise ValidationError({"username": problem})
        self._link_member(instance, row)
        instance.wish = self._wish(instance, row)

    def has_more(self, instance: User, row: dict) -> bool:
        return instance.wish is not None

    def check_row(self, instance: User, row: dict, errors: dict) -> None:
        wish = getattr(instance, "wish", None)
        if errors or wish is None:
            return
        access = rules.can_appoint(self.actor, instance, wish.role)
        others = [other for key in _keys(wish) for other in self._offices[key] if _share_days(wish, other)]
        if problem := access.reason if not access else problem_of(wish, others):
            errors["office_role"] = ValidationError(problem)
        else:
            self._remember(wish)

    def _values(self, instance: User) -> dict:
        member = instance.member if instance.member_id else None
        return super()._values(instance) | {"member": str(member.pk) if member else None}

    def _link_member(self, instance: User, row: dict) -> None:
        if self.column("member_branch").column_name not in row:
            return
        code, number = instance.member_branch, getattr(instance, "member_number", "")
        if bool(code) != bool(number):
            both = _("Fill in both the branch code and the member number, or neither.")
            raise ValidationError({"member_number": both})
        instance.member = self._members.get((code, number)) if code else None
        if code and instance.member is None:
            missing = _("There is no member with this number in the branch. Import the members first.")
            raise ValidationError({"member_number": missing})

    def _wish(self, instance: User, row: dict) -> Appointment | None:
        """The office of a row, unless the account holds it already."""
        role = getattr(instance, "office_role", "")
        branch, organization = getattr(instance, "office_branch", None), getattr(instance, "office_organization", None)
        if not role:
            if branch or organization:
                raise ValidationError({"office_role": _("Say which office is held there, or empty the two codes.")})
            return None
        held = self._offices[("user", instance.username)]
        if any((o.role, o.branch, o.organization) == (role, branch, organization) for o in held):
            return None
        starts_on = getattr(instance, "office_starts", None) or timezone.localdate()
        ends_on = getattr(instance, "office_ends", None)
        return Appointment(
            user=instance, role=role, branch=branch, organization=organization, starts_on=starts_on, ends_on=ends_on
        )

    def _remember(self, office: Appointment) -> None:
        for key in _keys(office):
            self._offices[key].append(office)

    def write_more(self, plan: Plan) -> None:
        wishes = [change.instance.wish for change in (*plan.new, *plan.changed) if change.instance.wish]
        for wish in wishes:
            wish.user = wish.user  # its id is known now
        Appointment.objects.bulk_create(wishes, batch_size=500)
        audit.record_many(
            audit.entry(self.actor, "appointment.granted", wish, after=described(wish)) for wish in wishes
        )

    def export_rows(self, user: User) -> Iterator[User]:
        """Accounts with the first office each of them holds today."""
        today = timezone.localdate()
        for account in User.objects.visible_to(user).filter(is_active=True).for_table().order_by("username"):
            _show_office(account, today)
            yield account


def _branches_of(actor: User) -> models.QuerySet:
    """The active branches whose rolls somebody imports: all for the office, the own subtrees for a department."""
    rows = Branch.objects.filter(is_active=True)
    if actor.scope.is_office:
        return rows
    mine = models.Q(pk__in=[])
    for path in actor.scope.department_paths:
        mine |= models.Q(organization__path__startswith=path)
    return rows.filter(mine)


def _show_office(account: User, today: date) -> None:
    office = next((o for o in account.appointments.all() if o.starts_on <= today and not o.is_over), None)
    account.member_branch = account.member.branch.code if account.member else ""
    account.member_number = account.member.number if account.member else ""
    account.office_role = office.role if office else ""
    account.office_branch = office.branch if office else None
    account.office_organization = office.organization if office else None
    account.office_starts = office.starts_on if office else None
    account.office_ends = office.ends_on if office else None


def _keys(office: Appointment) -> list[tuple]:
    """Where offices meet that must agree: one person, and the secretary's place in a branch."""
    keys: list[tuple] = [("user", office.user.username)]
    if office.user.member_id:
        keys.append(("member", office.user.member_id))
    if office.role == Role.SECRETARY:
        keys.append(("secretary", office.branch_id))
    return keys


def _share_days(one: Appointment, other: Appointment) -> bool:
    """Whether two offices are held on a common day."""
    return (one.ends_on is None or other.starts_on <= one.ends_on) and (
        other.ends_on is None or one.starts_on <= other.ends_on
    )


def _cells(dataset: tablib.Dataset, heading: str) -> list[str]:
    return list(dataset[heading]) if heading in (dataset.headers or []) else []
