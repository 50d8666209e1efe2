"""Imports from file to rows: trial run, counts, every error with its place, all or nothing, bound to the uploader."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from branches.imports import services
from branches.imports.files import export_bytes
from branches.imports.kinds import kinds
from branches.models import Branch, ImportUpload, Organization, Unit
from branches.resources import BranchResource, UnitResource
from branchportal import worker
from branchportal.errors import ImportRejected, StaleState
from branchportal.models import AuditEntry, Job
from members.models import Appointment, Member, User
from members.roles import Role
from tests.factories.assessments import make_team
from tests.factories.earlier import make_earlier
from tests.factories.members import appoint, make_user

from .files import workbook

UNITS = ["单位编码", "单位名称"]
ORGANIZATIONS = ["党组织编码", "党组织名称", "类别", "上级党组织编码", "所属单位编码"]
BRANCHES = ["党支部编码", "党支部名称", "所属党组织编码", "领域", "所属单位编码", "成立日期"]
MEMBERS = ["党支部编码", "编号", "姓名", "类别", "入党日期"]
ACCOUNTS = ["账号", "姓名", "职务", "任职党支部编码", "任职党组织编码", "任职起"]
Status = ImportUpload.Status


def upload(actor: User, kind: str, headings: list[str], rows: list[list[object]]) -> ImportUpload:
    data = workbook(headings, rows)
    return services.accept_upload(actor=actor, kind=kind, name="表.xlsx", data=data, received_at=timezone.now())


def confirm(actor: User, row: ImportUpload) -> ImportUpload:
    return services.confirm_upload(actor=actor, upload=row, received_at=timezone.now())


def counts(row: ImportUpload) -> tuple[int, int, int, int]:
    return row.new_count, row.changed_count, row.unchanged_count, row.error_count


def problems(row: ImportUpload) -> list[tuple[int, str, str]]:
    return [(p["row"], p["column"], p["value"]) for p in row.report["problems"]]


@pytest.fixture
def place(city) -> object:
    """The small city with codes that are easy to write."""
    Organization.objects.filter(pk=city.committee.pk).update(code="01")
    Branch.objects.filter(pk=city.branch.pk).update(code="0101")
    Branch.objects.filter(pk=city.sibling.pk).update(code="0102")
    Unit.objects.filter(pk=city.branch.unit_id).update(code="D1")
    return city


def test_trial_run_counts_and_writes_nothing(office):
    Unit.objects.create(code="D8", name="旧名")
    Unit.objects.create(code="D9", name="不变局")
    row = upload(office, "units", UNITS, [["D7", "新局"], ["D8", "新名"], ["D9", "不变局"]])
    assert (row.status, counts(row)) == (Status.READY, (1, 1, 1, 0))
    assert row.report["changes"] == [{"row": 3, "name": "新名", "cells": [["单位名称", "旧名", "新名"]]}]
    assert set(Unit.objects.filter(code__in=["D7", "D8"]).values_list("name", flat=True)) == {"旧名"}


def test_confirming_writes_all_rows_with_their_history(office):
    Unit.objects.create(code="D8", name="旧名")
    row = confirm(office, upload(office, "units", UNITS, [["D7", "新局"], ["D8", "新名"]]))
    assert (row.status, row.rows) == (Status.DONE, {})
    assert dict(Unit.objects.filter(code__in=["D7", "D8"]).values_list("code", "name")) == {"D7": "新局", "D8": "新名"}
    trail = AuditEntry.objects.filter(object_type="branches.unit", actor=office).values_list(
        "action", "before", "after"
    )
    assert list(trail) == [
        ("unit.imported", None, {"row": 2}),
        ("unit.import_changed", {"name": "旧名"}, {"name": "新名"}),
    ]


def test_every_error_names_row_column_value_and_cure(office, place):
    rows = [
        ["0201", "新支部", "01", "机关", "D1", "七月一日"],
        ["", "无编码支部", "01", "机关", "D1", ""],
        ["0203", "支部", "99", "工会", "D99", ""],
        ["0201", "重复支部", "01", "机关", "D1", "2021-02-30"],
        ["0" * 21, "长编码支部", "01", "机关", "D1", "2021/7/1"],
    ]
    row = upload(office, "branches", BRANCHES, rows)
    assert row.status == Status.REFUSED
    assert sorted(problems(row)) == [
        (2, "成立日期", "七月一日"),
        (3, "党支部编码", ""),
        (4, "所属党组织编码", "99"),
        (4, "所属单位编码", "D99"),
        (4, "领域", "工会"),
        (5, "党支部编码", "0201"),
        (6, "党支部编码", "0" * 21),
    ]
    messages = {(p["row"], p["column"]): (p["message"], p["cure"]) for p in row.report["problems"]}
    assert messages[(2, "成立日期")][0] == "不是日期，请写成 2021-07-01。"
    assert messages[(5, "党支部编码")][0] == "与第2行重复，每行须不同。"
    assert "单位编码" in messages[(4, "所属单位编码")][1]
    assert not Branch.objects.filter(code="0201").exists()
    with pytest.raises(StaleState):
        confirm(office, row)


def test_wrong_headings_are_named(office):
    with pytest.raises(ImportRejected) as refused:
        upload(office, "branches", ["编码", "名称"], [["1", "2"]])
    assert "“党支部编码”" in refused.value.message
    assert "编码、名称" in refused.value.message
    with pytest.raises(ImportRejected, match="出现了两次"):
        upload(office, "units", ["单位编码", "单位名称", "单位名称"], [["1", "2", "3"]])
    assert not ImportUpload.objects.exists()


def test_unknown_columns_are_dropped_and_kept_nowhere(office, place):
    row = upload(office, "members", [*MEMBERS, "身份证号"], [["0101", "001", "甲", "", "", "110101199001011234"]])
    assert row.rows == {"headings": MEMBERS, "rows": [[2, ["0101", "001", "甲", "", ""]]]}


def test_organizations_of_one_file_may_stand_in_any_order(office, place):
    rows = [
        ["0301", "第三总支", "党总支", "03", ""],
        ["03", "第三党委", "机关党委", "01", "D1"],
        ["030101", "第三总支分支", "党总支", "0301", ""],
    ]
    confirm(office, upload(office, "organizations", ORGANIZATIONS, rows))
    top, middle, low = (Organization.objects.get(code=code) for code in ("03", "0301", "030101"))
    assert top.path == f"{place.committee.path}{top.pk}/"
    assert low.path == f"{top.path}{middle.pk}/{low.pk}/"
    assert low.parent == middle


def test_moving_by_file_moves_the_subtree(office, place):
    Organization.objects.filter(pk=place.other_committee.pk).update(code="02")
    rows = [["01", place.committee.name, "机关党委", "02", "D1"]]
    confirm(office, upload(office, "organizations", ORGANIZATIONS, rows))
    moved = Organization.objects.get(code="01")
    assert moved.path == f"{place.other_committee.path}{moved.pk}/"
    assert moved.version == 2


def test_an_old_node_moves_below_a_new_one_of_the_same_file(office, place):
    rows = [["01", place.committee.name, "机关党委", "09", "D1"], ["09", "新工委", "工委", "", ""]]
    confirm(office, upload(office, "organizations", ORGANIZATIONS, rows))
    top, moved = Organization.objects.get(code="09"), Organization.objects.get(code="01")
    assert (moved.parent, moved.path) == (top, f"/{top.pk}/{moved.pk}/")


def test_row_changed_in_the_last_moment_stops_the_import(office, place, monkeypatch):
    row = upload(office, "branches", BRANCHES, [["0101", "新名", "01", "机关", "D1", ""]])
    check = BranchResource.check_all

    def meanwhile(resource: BranchResource, plan: object) -> None:
        Branch.objects.filter(code="0101").update(version=9)
        check(resource, plan)

    monkeypatch.setattr(BranchResource, "check_all", meanwhile)
    with pytest.raises(StaleState):
        confirm(office, row)
    assert Branch.objects.get(code="0101").name != "新名"


def test_circle_of_superiors_is_refused(office, place):
    rows = [
        ["05", "甲党委", "", "06", ""],
        ["06", "乙党委", "", "05", ""],
        ["01", place.committee.name, "", "01", "D1"],
    ]
    row = upload(office, "organizations", ORGANIZATIONS, rows)
    assert problems(row) == [
        (2, "上级党组织编码", "06"),
        (3, "上级党组织编码", "05"),
        (4, "上级党组织编码", "01"),
    ]


def test_members_are_known_by_branch_and_number(office, place):
    Member.objects.create(branch=place.branch, number="001", name="旧名")
    rows = [["0101", "001", "新名", "预备党员", "2020.7.1"], ["0102", "001", "乙", "", ""]]
    row = upload(office, "members", MEMBERS, rows)
    assert counts(row) == (1, 1, 0, 0)
    confirm(office, row)
    member = Member.objects.get(branch=place.branch)
    assert (member.name, member.kind, member.joined_on, member.version) == ("新名", "probationary", date(2020, 7, 1), 2)


def test_accounts_come_with_their_first_office_and_without_password(office, place):
    rows = [
        ["sjj01", "甲", "支部副书记（委员、干事）", "0101", "", "2026-01-01"],
        ["sjj02", "乙", "初审人员", "", "01", ""],
        ["sjj03", "丙", "", "", "", ""],
    ]
    confirm(office, upload(office, "accounts", ACCOUNTS, rows))
    held = Appointment.objects.filter(user__username__startswith="sjj").values_list("user__username", "role")
    assert list(held.order_by("user__username")) == [("sjj01", "DEPUTY"), ("sjj02", "DEPT")]
    account = User.objects.get(username="sjj01")
    assert not account.has_usable_password()
    assert account.must_change_password
    again = upload(office, "accounts", ACCOUNTS, rows)
    assert counts(again) == (0, 0, 3, 0)


def test_accounts_of_a_file_obey_the_rules_of_appointments(office, place, secretary, auditor):
    rows = [
        ["sjj01", "甲", "考评办", "", "", ""],
        ["sjj02", "乙", "支部书记", "0101", "", ""],
        ["sjj03", "丙", "支部书记", "0102", "", ""],
        ["sjj04", "丁", "支部书记", "0102", "", ""],
        ["auditor", "褚审计", "考评组成员", "", "", ""],
        ["sjj05", "戊", "支部书记", "", "", ""],
        ["office", "郑干事", "考评组成员", "", "", ""],
        ["a b", "己", "", "", "", ""],
    ]
    row = upload(office, "accounts", ACCOUNTS, rows)
    assert [(p["row"], p["column"]) for p in row.report["problems"]] == [
        (2, "职务"),
        (3, "职务"),
        (5, "职务"),
        (6, "职务"),
        (7, "职务"),
        (8, "职务"),
        (9, "账号"),
    ]
    said = {p["row"]: p["message"] for p in row.report["problems"]}
    assert "安全管理员" in said[2]
    assert "赵书记" in said[3]
    assert "丙" in said[5]
    assert "三员分立" in said[6]


def test_nobody_else_confirms_an_upload(office, place):
    row = upload(office, "units", UNITS, [["D7", "新局"]])
    colleague = appoint(make_user("office2"), Role.OFFICE)
    with pytest.raises(PermissionDenied):
        confirm(colleague, row)
    assert not Unit.objects.filter(code="D7").exists()


def test_a_trial_run_lasts_thirty_minutes(office):
    row = upload(office, "units", UNITS, [["D7", "新局"]])
    late = row.created_at + timedelta(minutes=30)
    with pytest.raises(StaleState, match="30分钟"):
        services.confirm_upload(actor=office, upload=row, received_at=late)
    row.refresh_from_db()
    assert (row.status, row.rows) == (Status.EXPIRED, {})
    assert not Unit.objects.filter(code="D7").exists()


def test_confirming_twice_imports_once(office):
    row = upload(office, "units", UNITS, [["D7", "新局"]])
    confirm(office, row)
    with pytest.raises(StaleState):
        confirm(office, ImportUpload.objects.get(pk=row.pk))
    assert Unit.objects.filter(code="D7").count() == 1


def test_data_that_changed_since_the_trial_stops_the_import(office):
    row = upload(office, "units", UNITS, [["D7", "新局"], ["D6", "又一局"]])
    Unit.objects.create(code="D7", name="别人建的局")
    with pytest.raises(StaleState, match="数据有变动"):
        confirm(office, row)
    row.refresh_from_db()
    assert row.status == Status.REFUSED
    assert not Unit.objects.filter(code="D6").exists()


def test_others_may_not_import(secretary, reviewer, sysadmin):
    for user in (secretary, reviewer, sysadmin):
        with pytest.raises(PermissionDenied):
            upload(user, "units", UNITS, [["D7", "新局"]])


def test_a_department_imports_the_rolls_of_its_subtree_only(office, reviewer, place):
    Branch.objects.filter(pk=place.far_branch.pk).update(code="0201")
    Member.objects.create(branch=place.far_branch, number="001", name="旧名")
    rows = [["0101", "001", "甲", "", ""], ["0201", "001", "乙", "", ""], ["0999", "001", "丙", "", ""]]
    row = upload(reviewer, "members", MEMBERS, rows)
    said = {p["value"]: p["message"] for p in row.report["problems"]}
    assert problems(row) == [(3, "党支部编码", "0201"), (4, "党支部编码", "0999")]
    assert said["0201"] == said["0999"]  # whether a foreign branch exists is not told
    confirm(reviewer, upload(reviewer, "members", MEMBERS, rows[:1]))
    assert Member.objects.get(branch=place.branch, number="001").name == "甲"
    for kind in kinds():
        if kind != "members":
            with pytest.raises(PermissionDenied):
                upload(reviewer, kind, MEMBERS, rows)


def test_a_department_that_lost_its_office_cannot_confirm(reviewer, place):
    row = upload(reviewer, "members", MEMBERS, [["0101", "001", "甲", "", ""]])
    reviewer.appointments.all().delete()
    with pytest.raises(PermissionDenied):
        confirm(User.objects.get(pk=reviewer.pk), row)
    assert not Member.objects.exists()


def test_export_imports_again_unchanged(office, place, reviewer):
    Member.objects.create(branch=place.branch, number="0001", name="=1+1", joined_on=date(2020, 7, 1))
    make_earlier(place.branch, 2024, 5, owner=office, score_up=89_995_000)
    make_team(place.cycle, place.branch)
    for kind, resource in kinds().items():
        for suffix in ("xlsx", "csv"):
            content = export_bytes(resource(office), office, suffix)
            row = services.accept_upload(
                actor=office, kind=kind, name=f"a.{suffix}", data=content, received_at=timezone.now()
            )
            assert (row.new_count, row.changed_count, row.error_count) == (0, 0, 0), (kind, suffix, row.report)
            assert row.unchanged_count == row.row_count > 0


def test_seven_thousand_members_are_a_job_with_progress(office, place):
    rows = [["0101" if n % 2 else "0102", f"{n:05d}", f"党员{n}", "正式党员", "2011-07-01"] for n in range(7000)]
    row = upload(office, "members", MEMBERS, rows)
    assert (row.status, row.job.status) == (Status.CHECKING, Job.Status.QUEUED)
    worker.run_due_here()
    row.refresh_from_db()
    assert (row.status, counts(row)) == (Status.READY, (7000, 0, 0, 0))
    assert not Member.objects.exists()
    confirm(office, row)
    worker.run_due_here()
    row.refresh_from_db()
    job = row.job
    assert (row.status, job.status, job.done, job.total) == (Status.DONE, Job.Status.DONE, 7000, 7000)
    assert Member.objects.count() == 7000
    assert AuditEntry.objects.filter(action="member.imported").count() == 7000


def test_one_wrong_row_of_seven_thousand_imports_nothing(office, place):
    rows = [["0101", f"{n:05d}", f"党员{n}", "正式党员", ""] for n in range(6999)]
    row = upload(office, "members", MEMBERS, [*rows, ["0101", "06999", "党员", "群众", ""]])
    worker.run_due_here()
    row.refresh_from_db()
    assert (row.status, problems(row)) == (Status.REFUSED, [(7001, "类别", "群众")])
    assert not Member.objects.exists()


def test_same_key_written_in_the_last_moment_is_a_sentence_not_a_fault(office, monkeypatch):
    row = upload(office, "units", UNITS, [["D7", "新局"]])
    check = UnitResource.check_all

    def meanwhile(resource: UnitResource, plan: object) -> None:
        Unit.objects.create(code="D7", name="别人建的局")
        check(resource, plan)

    monkeypatch.setattr(UnitResource, "check_all", meanwhile)
    with pytest.raises(StaleState, match="数据有变动"):
        confirm(office, row)
    assert Unit.objects.get(code="D7").name == "别人建的局"
