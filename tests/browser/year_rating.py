"""The end of the played year: tally, tie, consultation, meeting, notice, objection, correction, publication."""

import io
import re
import zipfile

from openpyxl import load_workbook
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from assessments.cycles.models import Cycle
from assessments.results.models import Publication, Tally
from assessments.results.notices.models import Consultation, Notice, Objection
from assessments.sheets.models import Sheet

from .playing import BRANCH, press, send, take_file, work_off
from .year_quarter import day

REASON = "同分，经会议研究按群众满意度确定。"


def tally(desk: Page, of: str) -> Tally:
    """The office tallies a cycle (`of` its field in the form) or the year."""
    desk.goto("/results/")
    press(desk, desk.locator("form[action$='/start/']", has=desk.locator(f"[name={of}]")).locator("button"))
    work_off(desk)
    desk.get_by_role("link", name="查看结果").click()
    expect(desk.locator("main .result-table").first).to_be_visible()
    return Tally.objects.latest("pk")


def publish_quarter(desk: Page, chair: Page) -> None:
    """A quarter that gives feedback only: prepared by one, published by another, without notice."""
    found = tally(desk, "cycle")
    prepare(desk, found)
    chair.goto(f"/results/publications/{Publication.objects.latest('pk').pk}/")
    press(chair, "form[action$='/publish/'] button")
    expect(chair.locator("h1")).to_contain_text("已发布")


def prepare(desk: Page, found: Tally) -> Publication:
    desk.goto(f"/results/{found.pk}/prepare/")
    send(desk, "", document_number="滨直工发〔2026〕9号")
    expect(desk.locator("h1")).not_to_contain_text("准备")
    return Publication.objects.latest("pk")


def settle(chair: Page, found: Tally, chosen: list[str], over: int) -> None:
    """The deciding authority gives the last places to some of the tied branches, with its reason."""
    chair.goto(f"/results/{found.pk}/")
    expect(chair.locator("main")).to_contain_text(f"{over} 个党支部名次并列")
    chair.get_by_role("link", name="裁定并列").click()
    for name in chosen:
        chair.get_by_label(re.compile(name)).check()
    chair.locator("#reason").fill(REASON)
    press(chair, "main form button.btn-primary")
    expect(chair.locator("main")).not_to_contain_text("名次并列")


def consult(desk: Page, found: Tally, supplement: bool = False) -> None:
    """The list goes to the discipline body; its reply is no objection."""
    desk.goto(f"/results/{found.pk}/procedure/")
    said = {"organ": "派驻纪检监察组", "letter": "滨直工函〔2026〕12号", "min_stars": 5, "due_on": day(3)}
    send(desk, "/consult/", **said, **({"supplement": True} if supplement else {}))
    asked = Consultation.objects.latest("pk")
    if not supplement:
        press(desk, desk.locator("main tbody a.btn").first)
        send(desk, "", opinion="clear", replied_on=day(0), document="滨纪驻函〔2026〕3号")
    send(desk, f"/{asked.pk}/clear/", replied_on=day(0), document="滨纪驻函〔2026〕3号")
    press(desk, f"form[action$='/{asked.pk}/close/'] button")
    expect(desk.locator("#messages")).to_contain_text("征求意见已结束")


def meet(desk: Page, found: Tally) -> None:
    """The committee's meeting on this tally is recorded."""
    desk.goto(f"/results/{found.pk}/procedure/")
    send(desk, "/meeting/", held_on=day(0), expected=9, present=8, minutes="会议审议并同意拟定星级，按程序公示。")
    expect(desk.locator("main")).to_contain_text("会议审议并同意拟定星级")


def put_on_notice(desk: Page, chair: Page, found: Tally) -> Notice:
    """Prepared by the office, begun by another person of the deciding authority."""
    publication = prepare(desk, found)
    chair.goto(f"/results/publications/{publication.pk}/")
    send(chair, "/notice/", starts_on=day(0), contact="市直机关工委考评办，综合楼301室")
    expect(chair.locator("#on-notice")).to_be_visible()
    return Notice.objects.get(publication=publication)


def object_to(branch: Page, chair: Page, notice: Notice) -> None:
    """The secretary objects on the notice's page; the deciding authority finds the objection right."""
    branch.goto(f"/notices/{notice.pk}/")
    press(branch, "main a[href*='/object/']")
    send(branch, "", text="第2.2项经费使用已补充凭证，应为10分，请予核实。")
    found = Objection.objects.get()
    chair.goto(f"/results/objections/{found.pk}/")
    chair.locator("[name=decision][value=upheld]").check()
    chair.locator("[name=sheet]").select_option(index=1)
    expect(chair.locator("#objection-part [name=codes][value='2.2']")).to_be_checked()
    expect(chair.locator("#objection-part [name=codes]:checked")).to_have_count(1)
    expect(chair.locator("#objection-part [name=extent][value=part]")).to_be_checked()
    chair.locator("[name=answer]").fill("经核查，凭证真实，异议成立，予以更正。")
    press(chair, "main form button.btn-primary")
    branch.goto("/results/objections/")
    branch.locator("main tbody a").first.click()
    expect(branch.locator("main")).to_contain_text("经核查，凭证真实")


def correct_mark(inspector: Page) -> None:
    """The new revision: 2.2 becomes 10, with a reason."""
    revision = Sheet.objects.get(branch__name=BRANCH, revision=2)
    inspector.goto(f"/sheets/{revision.pk}/review/")
    mark = inspector.locator("[id='row-2.2']")
    if not mark.locator("details.change[open]").count():
        mark.locator("summary[data-change]").click()
    mark.get_by_label("得分").fill("10")
    mark.get_by_label("改评理由").fill("异议成立，凭证已补充")
    mark.get_by_label("改评理由").press("Tab")
    expect(mark.locator("[data-points]")).to_have_text("10")
    expect(mark.locator("[data-said]")).to_contain_text("已保存")


def publish_year(chair: Page, notice: Notice) -> None:
    """The notice is over: the results are final."""
    chair.goto(f"/results/publications/{notice.publication_id}/")
    send(chair, "/publish/", document_number="滨直工发〔2026〕10号")
    expect(chair.locator("h1")).to_contain_text("已发布")


def see_result(branch: Page) -> None:
    """The secretary reads the final result and takes its paper home."""
    branch.goto("/")
    branch.get_by_role("link", name="查看详情").click()
    expect(branch.locator("main")).to_contain_text("本周期只反馈得分和问题")
    branch.goto(f"/reports/branches/{Sheet.objects.filter(branch__name=BRANCH)[0].branch_id}/latest/")
    expect(branch.locator(".page-pretitle")).to_contain_text("年度")
    expect(branch.locator("main")).to_contain_text("97.30")
    expect(branch.locator("main .stars").first).to_have_attribute("aria-label", "5星")
    branch.get_by_role("button", name="PDF 报告").click()
    work_off(branch)
    text = "".join(sheet.extract_text() for sheet in PdfReader(take_file(branch, "pdf")).pages)
    assert BRANCH in text
    assert "97.30" in text


def take_ranking(desk: Page) -> None:
    """The office's workbook holds the same figure."""
    desk.goto("/reports/")
    desk.get_by_role("button", name="Excel 工作簿").click()
    work_off(desk)
    book = load_workbook(io.BytesIO(take_file(desk, "xlsx").read_bytes()))
    cells = {cell for line in book.worksheets[0].iter_rows(values_only=True) for cell in line}
    assert {BRANCH, 97.3} <= cells


def take_year(branch: Page) -> None:
    """The branch asks for the file of its year."""
    branch.goto(f"/reports/branches/{Sheet.objects.filter(branch__name=BRANCH)[0].branch_id}/years/")
    branch.get_by_role("button", name=re.compile("年度档案")).click()
    work_off(branch)
    with zipfile.ZipFile(take_file(branch, "zip")) as file:
        assert file.testzip() is None
        names = file.namelist()
    assert any("目录" in name for name in names)
    assert any(name.endswith("三会一课记录.png") for name in names)
    assert Cycle.objects.get().status == "closed"
