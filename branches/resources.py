"""Columns of the files for units, organizations and branches. Headings are a file format: Chinese, outside gettext."""

from typing import ClassVar

import tablib
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from branchportal.instances import insert_instances

from .imports.columns import ChoiceWidget, CodeWidget, Column, DayWidget, FlagWidget, PhoneWidget
from .imports.resource import Plan, PortalResource, Problem
from .models import Branch, Organization, Sector, Unit
from .services.organizations import rebuild_paths

NO_UNIT = gettext_lazy("There is no unit with this code. Import the units first, or correct the code.")
NO_ORGANIZATION = gettext_lazy("There is no active organization with this code, neither here nor in this file.")
NO_SECTOR = gettext_lazy("There is no such sector. Take a name from the notes of the template.")


def by_code(rows: models.QuerySet) -> dict[str, models.Model]:
    """Rows by their code."""
    return {row.code: row for row in rows}


class UnitResource(PortalResource):
    title, action = "单位", "unit"

    code = Column("code", "单位编码", note="不超过20个字符，全市唯一", example="示例：D001", is_required=True)
    name = Column("name", "单位名称", note="单位全称，不超过100个字", example="市数据局", is_required=True, width=30)
    is_active = Column(
        "is_active", "是否使用", note="填“是”或“否”，空白为“是”", example="是", widget=FlagWidget(default=True)
    )

    class Meta:
        model = Unit
        import_id_fields = ("code",)
        fields = ("code", "name", "is_active")
        skip_diff = True
        clean_model_instances = True

    def export_rows(self, user: models.Model) -> models.QuerySet:
        return Unit.objects.order_by("code")


class OrganizationResource(PortalResource):
    title, action = "党组织", "organization"
    KINDS: ClassVar = {"工委": "work_committee", "机关党委": "committee", "党总支": "general_branch"}

    code = Column("code", "党组织编码", note="不超过20个字符，全市唯一", example="示例：0101", is_required=True)
    name = Column(
        "name", "党组织名称", note="全称，不超过100个字", example="市数据局机关党委", is_required=True, width=36
    )
    kind = Column(
        "kind",
        "类别",
        note="填“工委”“机关党委”或“党总支”，空白为“机关党委”",
        example="机关党委",
        widget=ChoiceWidget(KINDS, default="committee"),
    )
    parent = Column(
        "parent",
        "上级党组织编码",
        note="填上级的党组织编码，可以是本表中的其他行；最上一级留空",
        example="01",
        widget=CodeWidget("organizations", NO_ORGANIZATION),
    )
    unit = Column(
        "unit", "所属单位编码", note="填单位编码，没有则留空", example="D001", widget=CodeWidget("units", NO_UNIT)
    )
    contact = Column("contact", "联系人", note="不超过40个字", example="张三")
    phone = Column(
        "phone",
        "办公电话",
        note="填办公电话，不填手机号；带星号表示不变",
        example="12345678",
        widget=PhoneWidget(),
    )

    class Meta:
        model = Organization
        import_id_fields = ("code",)
        fields = ("code", "name", "kind", "parent", "unit", "contact", "phone")
        skip_diff = True
        clean_model_instances = True

    def load_lookups(self, dataset: tablib.Dataset) -> None:
        stored = by_code(Organization.objects.select_related("parent", "unit"))
        self._all = dict(stored)
        known = {code: row for code, row in stored.items() if row.is_active}
        for code in dataset[self.column("code").column_name]:
            if code and code not in stored:
                known[code] = Organization(code=code, name=code)
        self.lookups = {"organizations": known, "units": by_code(Unit.objects.all())}

    def load_stored(self, dataset: tablib.Dataset) -> list[models.Model]:
        return list(self._all.values())

    def init_instance(self, row: dict | None = None) -> Organization:
        code = str((row or {}).get(self.column("code").column_name) or "").strip()
        return self.lookups["organizations"].get(code) or Organization()

    def check_all(self, plan: Plan) -> None:
        """Nobody may end up above himself."""
        above = {code: row.parent.code if row.parent else None for code, row in self._all.items()}
        changes = [*plan.new, *plan.changed]
        above |= {c.instance.code: c.instance.parent.code if c.instance.parent else None for c in changes}
        for change in changes:
            seen, code = set(), change.instance.code
            while code is not None and code not in seen:
                seen.add(code)
                code = above.get(code)
            if code is not None:
                column = self.column("parent")
                message = _("Following the superiors leads back to this organization. One of them must be changed.")
                value = change.instance.parent.code if change.instance.parent else ""
                plan.problems.append(Problem(change.row, column.column_name, value, message, column.note))

    def create_new(self, instances: list[Organization]) -> None:
        """Level by level, so that every node knows the id of the one above."""
        waiting = list(instances)
        while waiting:
            ready = [row for row in waiting if row.parent is None or row.parent.pk]
            waiting = [row for row in waiting if not (row.parent is None or row.parent.pk)]
            for row in ready:
                row.parent = row.parent
            insert_instances(ready)
        for change in self.plan.changed:
            change.instance.parent = change.instance.parent  # may be one of the new ones

    def write_more(self, plan: Plan) -> None:
        rebuild_paths()

    def export_rows(self, user: models.Model) -> models.QuerySet:
        return Organization.objects.visible_to(user).select_related("parent", "unit").order_by("path")


class BranchResource(PortalResource):
    title, action = "党支部", "branch"

    code = Column("code", "党支部编码", note="不超过20个字符，全市唯一", example="示例：0101001", is_required=True)
    name = Column(
        "name", "党支部名称", note="全称，不超过100个字", example="市数据局机关第一党支部", is_required=True, width=36
    )
    organization = Column(
        "organization",
        "所属党组织编码",
        note="填已有的党组织编码",
        example="0101",
        is_required=True,
        widget=CodeWidget("organizations", NO_ORGANIZATION),
    )
    sector = Column(
        "sector",
        "领域",
        note="填领域名称：机关、事业单位、村、社区、国有企业、两新组织、学校、公立医院、离退休、学生",
        example="机关",
        is_required=True,
        widget=CodeWidget("sectors", NO_SECTOR),
    )
    unit = Column(
        "unit",
        "所属单位编码",
        note="填已有的单位编码",
        example="D001",
        is_required=True,
        widget=CodeWidget("units", NO_UNIT),
    )
    founded_on = Column(
        "founded_on", "成立日期", note="写成 2021-07-01，不清楚则留空", example="2021-07-01", widget=DayWidget()
    )
    has_committee = Column(
        "has_committee", "是否设支委会", note="填“是”或“否”，空白为“是”", example="是", widget=FlagWidget(default=True)
    )
    has_groups = Column(
        "has_groups", "是否分党小组", note="填“是”或“否”，空白为“否”", example="否", widget=FlagWidget()
    )
    has_shared_premises = Column(
        "has_shared_premises", "是否共用场所", note="填“是”或“否”，空白为“否”", example="否", widget=FlagWidget()
    )
    contact = Column("contact", "联系人", note="不超过40个字", example="李四")
    phone = Column(
        "phone",
        "办公电话",
        note="填办公电话，不填手机号；带星号表示不变",
        example="12345678",
        widget=PhoneWidget(),
    )

    class Meta:
        model = Branch
        import_id_fields = ("code",)
        fields = (
            "code",
            "name",
            "organization",
            "sector",
            "unit",
            "founded_on",
            "has_committee",
            "has_groups",
            "has_shared_premises",
            "contact",
            "phone",
        )
        skip_diff = True
        clean_model_instances = True

    def load_lookups(self, dataset: tablib.Dataset) -> None:
        sectors = list(Sector.objects.all())
        self.lookups = {
            "organizations": by_code(Organization.objects.filter(is_active=True)),
            "units": by_code(Unit.objects.filter(is_active=True)),
            "sectors": by_code(sectors) | {sector.name: sector for sector in sectors},
        }

    def load_stored(self, dataset: tablib.Dataset) -> models.QuerySet:
        return super().load_stored(dataset).select_related("organization", "sector", "unit")

    def export_rows(self, user: models.Model) -> models.QuerySet:
        return Branch.objects.visible_to(user).for_table().filter(is_active=True).order_by("code")
