"""The quick way of importing gives what django-import-export gives: the same plan, and the same rows in the end."""

from datetime import date

import pytest
import tablib
from django.db import models
from django.utils import timezone
from import_export import fields, resources, widgets

from branches.imports import services
from branches.imports.kinds import resource_of
from branches.imports.resource import Plan
from branches.models import Branch, Organization, Sector, Unit
from branchportal.changing import plain
from members.models import Member
from tests.factories.branches import make_branch, make_organization, make_sector, make_unit
from tests.factories.earlier import make_earlier

from .files import workbook

LONG = "长" * 101
FILES = {
    "units": (
        ["单位编码", "单位名称", "是否使用"],
        [["D1", "不变局", "是"], ["D2", "改名局", ""], ["D3", "新局", "否"], ["D3", "重复局", ""], ["", "", "也许"],
         ["D" * 21, LONG, "是"], ["D5", "", ""]],
    ),
    "organizations": (
        ["党组织编码", "党组织名称", "类别", "上级党组织编码", "所属单位编码", "联系人"],
        [["01", "一党委", "机关党委", "", "D1", ""], ["02", "二党委", "党总支", "03", "", "张三"],
         ["03", "三党委", "", "01", "", ""], ["04", "四党委", "工会", "99", "D9", LONG],
         ["05", "五党委", "", "05", "", ""]],
    ),
    "branches": (
        ["党支部编码", "党支部名称", "所属党组织编码", "领域", "所属单位编码", "成立日期", "是否设支委会", "联系人"],
        [["0101", "不变支部", "01", "机关", "D1", "2021-07-01", "是", "甲"],
         ["0102", "改名支部", "02", "机关", "D1", "2020.1.2", "否", ""],
         ["0103", "新支部", "01", "organ", "D2", "", "", "乙"],
         ["0103", "重复支部", "01", "机关", "D1", "", "", ""],
         ["0104", LONG, "99", "工会", "D9", "2021-02-30", "也许", LONG],
         ["", "", "", "", "", "", "", ""], ["0105", "", "01", "", "D1", "", "", ""],
         ["0106", "=1+1", "01", "机关", "D1", "20210701", "是", "丙"]],
    ),
    "members": (
        ["党支部编码", "编号", "姓名", "类别", "入党日期", "是否在册"],
        [["0101", "001", "不变", "正式党员", "2011-07-01", "是"], ["0101", "002", "改名", "", "", "否"],
         ["0101", "003", "新人", "预备党员", "2020/7/1", ""], ["0102", "001", "新人", "", "", ""],
         ["0101", "003", "重复", "", "", ""], ["0999", "001", "无支部", "群众", "昨天", "也许"],
         ["0101", "0" * 30, "长" * 41, "", "", ""]],
    ),
}  # fmt: skip


@pytest.fixture
def place(office) -> None:
    """What the files mean: rows that stay as they are, and rows that change."""
    make_sector()
    units = [make_unit("不变局", code="D1"), make_unit("旧名局", code="D2")]
    one = make_organization("一党委", code="01", unit=units[0])
    make_organization("旧党委", one, code="02")
    day = date(2021, 7, 1)
    same = make_branch(one, "不变支部", code="0101", unit=units[0], founded_on=day, contact="甲")
    make_branch(one, "旧名支部", code="0102", unit=units[1])
    joined = date(2011, 7, 1)
    Member.objects.create(branch=same, number="001", name="不变", joined_on=joined)
    Member.objects.create(branch=same, number="002", name="旧名", joined_on=joined, post="委员")


def told(plan: Plan) -> dict:
    """A plan as plain data."""

    def values(instance: models.Model) -> dict:
        return {f.name: plain(getattr(instance, f.name)) for f in instance._meta.fields if f.name != "id"}

    return {
        "new": [(change.row, values(change.instance)) for change in plan.new],
        "changed": [(change.row, change.before, change.after, values(change.instance)) for change in plan.changed],
        "unchanged": plan.unchanged,
        "problems": sorted((p.row, p.column, p.value, p.message, p.cure) for p in plan.problems),
    }


@pytest.mark.parametrize("kind", FILES)
def test_quick_plan_is_the_librarys_plan(place, office, monkeypatch, kind):
    headings, lines = FILES[kind]
    rows = [(number, line) for number, line in enumerate(lines, start=2) if any(line)]
    resource = resource_of(kind)
    steps: list[int] = []
    assert resource(office).can_be_quick
    quick = told(resource(office).make_plan(headings, rows, steps.append))
    assert steps[-1] == len(rows)
    monkeypatch.setattr(resource, "is_quick", False)
    assert not resource(office).can_be_quick
    assert told(resource(office).make_plan(headings, rows)) == quick
    assert quick["new"]
    assert quick["changed"]
    assert quick["unchanged"] == 1
    assert len(quick["problems"]) > 3


def test_kinds_with_steps_of_their_own_go_row_by_row(place, office):
    assert not resource_of("accounts")(office).can_be_quick
    assert not resource_of("earlier")(office).can_be_quick
    make_earlier(Branch.objects.get(code="0101"), 2024, 5, owner=office)
    headings = ["支部编码", "支部名称", "年度", "星级"]
    plan = resource_of("earlier")(office).make_plan(headings, [(2, ["0101", "", "2024", "5"])])
    assert plan.counts == (0, 0, 1)


class Flag(widgets.BooleanWidget):
    TRUE_VALUES, FALSE_VALUES, NULL_VALUES = ("是",), ("否",), ("",)


class PlainBranch(resources.ModelResource):
    """As the library's guide shows it."""

    code = fields.Field("code", "党支部编码")
    name = fields.Field("name", "党支部名称")
    organization = fields.Field("organization", "所属党组织编码", widgets.ForeignKeyWidget(Organization, "code"))
    sector = fields.Field("sector", "领域", widgets.ForeignKeyWidget(Sector, "name"))
    unit = fields.Field("unit", "所属单位编码", widgets.ForeignKeyWidget(Unit, "code"))
    founded_on = fields.Field("founded_on", "成立日期", widgets.DateWidget("%Y-%m-%d"))
    has_groups = fields.Field("has_groups", "是否分党小组", Flag())

    class Meta:
        model = Branch
        import_id_fields = ("code",)
        fields = ("code", "name", "organization", "sector", "unit", "founded_on", "has_groups")
        clean_model_instances = True


class PlainMember(resources.ModelResource):
    """The same for the roll."""

    branch = fields.Field("branch", "党支部编码", widgets.ForeignKeyWidget(Branch, "code"))
    number = fields.Field("number", "编号")
    name = fields.Field("name", "姓名")
    joined_on = fields.Field("joined_on", "入党日期", widgets.DateWidget("%Y-%m-%d"))
    is_active = fields.Field("is_active", "是否在册", Flag())

    class Meta:
        model = Member
        import_id_fields = ("branch", "number")
        fields = ("branch", "number", "name", "joined_on", "is_active")
        clean_model_instances = True


LISTS = {
    "branches": (
        PlainBranch,
        ["党支部编码", "党支部名称", "所属党组织编码", "领域", "所属单位编码", "成立日期", "是否分党小组"],
        [[f"N{n:03d}", f"第{n}党支部", "01", "机关", f"D{n % 2 + 1}", "2011-07-01" if n % 3 else "", "否是"[n % 2]]
         for n in range(1, 40)] + [["0102", "改名支部", "02", "机关", "D1", "2020-01-02", "是"]],
    ),
    "members": (
        PlainMember,
        ["党支部编码", "编号", "姓名", "入党日期", "是否在册"],
        [[f"010{n % 2 + 1}", f"1{n:02d}", f"党员{n}", "2011-07-01" if n % 3 else "", "是" if n % 5 else "否"]
         for n in range(1, 40)] + [["0101", "002", "改名", "", "是"]],
    ),
}  # fmt: skip


def stored(model: type[models.Model]) -> list[dict]:
    """All rows but for keys and versions."""
    names = [field.attname for field in model._meta.fields if field.name not in ("id", "version")]
    order = ("code",) if model is Branch else ("branch__code", "number")
    return list(model.objects.order_by(*order).values(*names))


@pytest.mark.parametrize("kind", LISTS)
def test_the_rows_in_the_end_are_those_of_a_plain_resource(place, office, kind):
    resource, headings, lines = LISTS[kind]
    model = resource._meta.model
    before = {row.pk: row for row in model.objects.all()}
    result = resource().import_data(tablib.Dataset(*lines, headers=headings), raise_errors=True)
    assert not result.has_validation_errors()
    wanted = stored(model)
    model.objects.exclude(pk__in=before).delete()
    for row in before.values():
        row.save()
    data = workbook(headings, lines)
    upload = services.accept_upload(actor=office, kind=kind, name="a.xlsx", data=data, received_at=timezone.now())
    assert (upload.new_count, upload.changed_count, upload.error_count) == (39, 1, 0)
    services.confirm_upload(actor=office, upload=upload, received_at=timezone.now())
    assert stored(model) == wanted
