"""Earlier years: imported from the committee's own lists, marked, never beside the portal's own year, taken back."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from assessments.cycles.models import YearPlan
from assessments.results.earlier import services
from assessments.results.earlier.history import in_a_row, previous_stars, star_years, streaks_of, year_lines
from assessments.results.earlier.models import EarlierResult
from assessments.results.models import Result, Tally
from branches.imports.files import export_bytes
from branches.imports.kinds import resource_of
from branches.imports.services import accept_upload, confirm_upload
from branches.models import Branch, ImportUpload
from branchportal.errors import PortalError, StaleState
from branchportal.models import AuditEntry
from members.models import User
from tests.branches.files import workbook
from tests.factories.earlier import make_earlier

HEADINGS = ["支部编码", "支部名称", "年度", "得分", "名次", "星级", "称号"]
pytestmark = pytest.mark.django_db


def upload(actor: User, rows: list[list[object]], headings: list[str] = HEADINGS) -> ImportUpload:
    data = workbook(headings, rows)
    return accept_upload(actor=actor, kind="earlier", name="历年.xlsx", data=data, received_at=timezone.now())


def confirm(actor: User, row: ImportUpload) -> ImportUpload:
    return confirm_upload(actor=actor, upload=row, received_at=timezone.now())


def stored() -> list[tuple]:
    rows = EarlierResult.objects.order_by("branch__code", "year")
    return list(rows.values_list("branch__code", "year", "score_up", "rank", "stars", "title"))


def counts(row: ImportUpload) -> tuple[int, int, int, int]:
    return row.new_count, row.changed_count, row.unchanged_count, row.error_count


@pytest.fixture
def place(city) -> object:
    """The small city with codes and names that are easy to write."""
    Branch.objects.filter(pk=city.branch.pk).update(code="0101")
    Branch.objects.filter(pk=city.sibling.pk).update(code="0102")
    Branch.objects.filter(pk__in=[city.far_branch.pk, city.farther_branch.pk]).update(name="机关党支部")
    Branch.objects.filter(pk=city.far_branch.pk).update(code="0201")
    Branch.objects.filter(pk=city.farther_branch.pk).update(code="0202", is_active=False)
    for branch in (city.branch, city.sibling, city.far_branch, city.farther_branch):
        branch.refresh_from_db()
    return city


def publish_year(city: object, year: int, stars: dict[Branch, int | None]) -> Tally:
    """A year that the portal published; None: not rated."""
    plan = YearPlan.objects.filter(year=year).first() or YearPlan.objects.create(
        year=year, name=f"{year}年度", scheme_version=city.scheme
    )
    tally = Tally.objects.create(plan=plan, number=1, created_at=timezone.now())
    for at, (branch, given) in enumerate(stars.items()):
        Result.objects.create(
            tally=tally, branch=branch, organization=branch.organization, sector=branch.sector, unit=branch.unit,
            status="exempt" if given is None else "rated", stars=given, total_up=90_000_000, rank_all=at + 1,
            position=at + 1, dimensions=b"", grade=f"{given}星",
        )  # fmt: skip
    Tally.objects.filter(pk=tally.pk).update(status="published")
    return tally


def test_rows_come_in_by_code_or_exact_name_in_the_words_of_the_committee(office, place):
    rows = [
        ["0101", "", 2024, 89.995, 3, "五星", "五星级党支部"],
        ["", place.sibling.name, "2024年度", "87.30000000000001分", "", "★★★★☆", ""],
        ["0202", "旧名称", "２０２３ 年", "", "第７名", "不定星", ""],
        ["0101", "", "2023", "", "", "四星级", ""],
    ]
    row = upload(office, rows)
    assert (row.report["problems"], counts(row)) == ([], (4, 0, 0, 0))
    assert stored() == []
    confirm(office, row)
    assert stored() == [
        ("0101", 2023, None, None, 4, ""),
        ("0101", 2024, 89_995_000, 3, 5, "五星级党支部"),
        ("0102", 2024, 87_300_000, None, 4, ""),
        ("0202", 2023, None, 7, 0, ""),
    ]
    source = EarlierResult.objects.first().upload
    assert (source.owner, source.file_name, len(source.digest)) == (office, "历年.xlsx", 64)
    assert AuditEntry.objects.filter(action="earlier.imported", actor=office).count() == 4


def test_every_wrong_cell_is_named_with_its_cure(office, place):
    publish_year(place, 2022, {place.branch: 5})
    rows = [
        ["0999", "", 2024, 90, "", 5, ""],
        ["", "机关党支部", 2024, 90, "", 5, ""],
        ["", "没有的党支部", 2024, 90, "", 5, ""],
        ["", "", 2024, 90, "", 5, ""],
        ["0101", "", timezone.localdate().year, 90, "", 5, ""],
        ["0101", "", "去年", 90, "", 5, ""],
        ["0101", "", 2022, 90, "", 5, ""],
        ["0101", "", 2024, "很好", 0, "五颗", ""],
        ["0101", "", 2023, "", "", "", ""],
        ["0102", "", 2023, "1.1234567", 2.5, 5, "长" * 41],
        ["0201", "", 2023, "", "", 3, ""],
        ["0201", "", "2023年", "", "", 3, ""],
    ]
    row = upload(office, rows)
    found = [(p["row"], p["column"], p["message"]) for p in row.report["problems"]]
    assert [one[:2] for one in found] == [
        (2, "支部编码"),
        (3, "支部名称"),
        (4, "支部名称"),
        (5, "支部名称"),
        (6, "年度"),
        (7, "年度"),
        (8, "年度"),
        (9, "得分"),
        (9, "名次"),
        (9, "星级"),
        (10, "得分"),
        (11, "得分"),
        (11, "名次"),
        (11, "称号"),
        (13, "年度"),
    ]
    said = {one[:2]: one[2] for one in found}
    assert said[(3, "支部名称")] == "有2个支部叫这个名称（0201、0202），请填写支部编码。"
    assert said[(8, "年度")] == "2022年度已有本系统公布的年度结果，不能用文件替换。"
    assert said[(13, "年度")] == "与第12行重复，每行须不同。"
    assert all(p["cure"] for p in row.report["problems"])
    with pytest.raises(StaleState):
        confirm(office, row)
    assert stored() == []


def test_more_stars_than_the_schemes_of_the_year_after_have_are_refused(office, place):
    """They would be that year's stars of the year before; years that no plan follows may have had other schemes."""
    publish_year(place, 2024, {place.sibling: 4})
    row = upload(office, [["0101", "", 2023, 90, "", 7, ""], ["0101", "", 2021, 90, "", 7, ""]])
    assert [(each["row"], each["column"], each["message"]) for each in row.report["problems"]] == [
        (2, "星级", "7星：下一年度的考评标准最高为5星，请核对后改正。")
    ]


def test_importing_a_year_again_shows_the_differences_and_replaces(office, place):
    first = confirm(office, upload(office, [["0101", "", 2024, 90, 3, 5, ""], ["0102", "", 2024, 80, 9, 4, ""]]))
    again = upload(office, [["0101", "", 2024, 91.5, 2, 5, ""], ["0102", "", 2024, 80, 9, 4, ""]])
    assert counts(again) == (0, 1, 1, 0)
    assert again.report["changes"][0]["cells"] == [["得分", "90", "91.5"], ["名次", "3", "2"]]
    confirm(office, again)
    assert stored()[0] == ("0101", 2024, 91_500_000, 2, 5, "")
    assert list(EarlierResult.objects.order_by("branch__code").values_list("upload", "version")) == [
        (again.pk, 2),
        (first.pk, 1),
    ]
    entry = AuditEntry.objects.get(action="earlier.import_changed")
    assert entry.before == {"score_up": 90_000_000, "rank": 3, "upload": f"历年.xlsx ({first.pk})"}
    assert entry.after == {"score_up": 91_500_000, "rank": 2, "upload": f"历年.xlsx ({again.pk})"}


def test_a_year_published_between_trial_and_confirmation_stops_the_import(office, place):
    row = upload(office, [["0101", "", 2024, 90, 3, 5, ""]])
    publish_year(place, 2024, {place.branch: 4})
    with pytest.raises(StaleState):
        confirm(office, row)
    assert stored() == []


def test_an_export_is_imported_again_unchanged(office, place):
    make_earlier(place.branch, 2024, 5, owner=office, score_up=89_995_000, rank=3, title="五星级党支部")
    make_earlier(place.sibling, 2024, 0, owner=office, score_up=40_000_001)
    for suffix in ("xlsx", "csv"):
        data = export_bytes(resource_of("earlier")(office), office, suffix)
        row = accept_upload(actor=office, kind="earlier", name=f"a.{suffix}", data=data, received_at=timezone.now())
        assert (counts(row), row.report["problems"]) == ((0, 0, 2, 0), [])


def test_rows_are_seen_like_results(
    office, place, secretary, neighbour, reviewer, authority, auditor, outsider, sysadmin
):
    mine = make_earlier(place.branch, 2024, 5, owner=office)
    theirs = make_earlier(place.sibling, 2024, 4, owner=office)
    far = make_earlier(place.far_branch, 2024, 3, owner=office)
    seen = {
        user.username: set(EarlierResult.objects.visible_to(user))
        for user in (office, authority, auditor, secretary, neighbour, reviewer, outsider, sysadmin)
    }
    everything = {mine, theirs, far}
    assert seen == {
        "office": everything,
        "authority": everything,
        "auditor": everything,
        "secretary": {mine},
        "neighbour": {theirs},
        "reviewer": {mine, theirs},
        "outsider": set(),
        "sysadmin": set(),
    }


def test_the_office_removes_a_row_or_a_year_with_a_reason(office, place, authority):
    row = make_earlier(place.branch, 2024, 5, owner=office, score_up=90_000_000)
    make_earlier(place.sibling, 2023, 4, owner=office)
    make_earlier(place.branch, 2023, 4, owner=office)
    with pytest.raises(PermissionDenied):
        services.remove_result(row=row, actor=authority, version=1, reason="文件有误，重新核对")
    with pytest.raises(PortalError, match="原因"):
        services.remove_result(row=row, actor=office, version=1, reason="错")
    with pytest.raises(StaleState):
        services.remove_result(row=row, actor=office, version=2, reason="文件有误，重新核对")
    services.remove_result(row=row, actor=office, version=1, reason="文件有误，重新核对")
    assert services.remove_year(year=2023, actor=office, reason="整年数据来源不明") == 2
    with pytest.raises(PortalError, match="2023"):
        services.remove_year(year=2023, actor=office, reason="整年数据来源不明")
    assert stored() == []
    entries = AuditEntry.objects.filter(action="earlier.removed").order_by("pk")
    assert [entry.note for entry in entries] == ["文件有误，重新核对"] + ["整年数据来源不明"] * 2
    assert entries[0].before["score_up"] == 90_000_000


def test_years_stand_in_order_and_the_portals_own_goes_first(office, place):
    make_earlier(place.branch, 2023, 5, owner=office, score_up=91_000_000, title="先进党支部")
    make_earlier(place.branch, 2024, 3, owner=office)
    tally = publish_year(place, 2024, {place.branch: 5})
    lines = year_lines(place.branch.pk)
    assert [(line.year, line.stars, line.is_original, line.title) for line in lines] == [
        (2023, 5, True, "先进党支部"),
        (2024, 5, False, ""),
    ]
    assert [line.result_pk for line in lines] == [None, tally.results.get().pk]
    assert [line.year for line in year_lines(place.branch.pk, until=2023)] == [2023]


def test_years_in_a_row_end_at_a_gap_and_name_what_was_imported(office, place):
    for year, stars in ((2019, 5), (2021, 4), (2022, 5), (2023, 5)):
        make_earlier(place.branch, year, stars, owner=office)
    publish_year(place, 2024, {place.branch: 5})
    found = streaks_of(year_lines(place.branch.pk))
    assert [(one.stars, one.count, one.first, list(one.originals)) for one in found] == [
        (5, 3, 2022, [2022, 2023]),
        (4, 4, 2021, [2021, 2022, 2023]),
    ]
    years = star_years([place.branch.pk], before=2024)[place.branch.pk]
    assert (in_a_row(years, 5, 2023).count, in_a_row(years, 5, 2021).count) == (2, 0)
    assert streaks_of([]) == []


def test_a_year_without_stars_ends_the_row(office, place):
    make_earlier(place.branch, 2022, 5, owner=office)
    make_earlier(place.branch, 2023, None, owner=office, score_up=95_000_000)
    publish_year(place, 2024, {place.branch: 5})
    assert streaks_of(year_lines(place.branch.pk)) == []


def test_previous_stars_come_from_the_portals_last_year_or_newer_imports(office, place):
    make_earlier(place.branch, 2023, 3, owner=office)
    make_earlier(place.sibling, 2023, 4, owner=office)
    make_earlier(place.sibling, 2022, 2, owner=office)
    make_earlier(place.far_branch, 2023, None, owner=office, rank=1)
    assert previous_stars(YearPlan(year=2024)) == {place.branch.pk: 3, place.sibling.pk: 4}
    assert previous_stars(YearPlan(year=2023)) == {place.sibling.pk: 2}
    publish_year(place, 2023, {place.branch: 5, place.far_branch: 2, place.sibling: None})
    assert previous_stars(YearPlan(year=2024)) == {place.branch.pk: 5, place.far_branch.pk: 2}
    make_earlier(place.branch, 2024, 4, owner=office)
    assert previous_stars(YearPlan(year=2025)) == {place.branch.pk: 4, place.far_branch.pk: 2}


def test_the_last_day_of_a_year_is_not_yet_over(office, place, monkeypatch):
    night = datetime(2026, 12, 31, 23, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    monkeypatch.setattr(timezone, "now", lambda: night)
    row = upload(office, [["0101", "", 2026, 90, "", 5, ""], ["0101", "", 2025, 90, "", 5, ""]])
    assert [(p["row"], p["column"]) for p in row.report["problems"]] == [(2, "年度")]
