"""The quarter of the played year: plan, cycle and teams, the sheet's way, poll, visit and report meeting."""

import io
import re
from datetime import timedelta
from pathlib import Path

from django.utils import timezone
from PIL import Image
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from assessments.cycles.models import Cycle, Step
from assessments.inspections.models import Rectification, Visit
from assessments.polls.models import Meeting, Poll
from branchportal import worker

from .playing import BRANCH, enter, press, row, send, take_file, work_off

VOTES = ("好", "好", "好", "较好", "较好", "较好")  # 90 of 100


def day(shift: int) -> str:
    return (timezone.localdate() + timedelta(days=shift)).isoformat()


def plan_year(desk: Page) -> None:
    """A year with three working days of notice; a quarter with its steps; a team with a leader."""
    press(desk, ".page-header a[href$='/plans/new/']")
    desk.locator("#id_scheme_version").select_option(index=1)
    send(desk, "", name="年度考评方案", notice_days=3)
    press(desk, "main a[href$='/new/Q4/']")
    spans = {}
    for kind, last in (("self", 10), ("poll", 11), ("preliminary", 12), ("review", 20)):
        spans |= {f"{kind}_starts": f"{day(-1)}T09:00", f"{kind}_ends": f"{day(last)}T18:00"}
    later = {f"{kind}_{side}": "" for kind in ("ratification", "notice") for side in ("starts", "ends")}
    send(desk, "", name="第四季度", purpose="progress", starts_on=day(-60), ends_on=day(20), **spans, **later)
    expect(desk.locator("h1")).to_contain_text("第四季度")
    assert set(Step.objects.values_list("kind", flat=True)) == {"self", "poll", "preliminary", "review"}


def make_team(desk: Page, inspector: int, leader: int) -> None:
    """Two people, one of them the leader; all branches are given to the team by rule."""
    desk.goto("/cycles/")
    press(desk, "main a[href$='/teams/new/']")
    send(desk, "", name="第一考评组")
    for user in (leader, inspector):
        desk.locator("#id_user").select_option(str(user))
        press(desk, "form:has(#id_user) button.btn-primary")
    press(desk, f"button[name=leader][value='{desk.locator('button[name=leader]').first.get_attribute('value')}']")
    expect(desk.locator("tbody tr", has_text="吴组长")).to_contain_text("组长")
    cycle = Cycle.objects.get()
    desk.goto(f"/cycles/{cycle.pk}/assignments/")
    press(desk, "form:has([name=distribute]) button.btn-primary")
    assert cycle.assignments.count() == 4


def open_cycle(desk: Page) -> None:
    """Opening is a task; afterwards every branch has its sheet."""
    cycle = Cycle.objects.get()
    desk.goto(f"/cycles/{cycle.pk}/")
    press(desk, f"form[action$='/{cycle.pk}/open/'] button.btn-primary")
    work_off(desk)
    desk.get_by_role("link", name="查看结果").click()
    expect(desk.locator("main")).to_contain_text("共有4份评分表")


def attach(branch: Page, folder: Path) -> None:
    """A photo as evidence of the first indicator."""
    picture = folder / "三会一课记录.png"
    Image.new("RGB", (40, 30), (180, 30, 30)).save(picture)
    place = row(branch, "1.1")
    if place.locator("[name=no_secrets]").count():
        place.locator("[name=no_secrets]").first.check()
    place.locator("input[type=file]").first.set_input_files(picture)
    expect(place.locator(".fill-files")).to_contain_text("三会一课记录.png")  # stored, not only chosen


def give_time(department: Page, chair: Page) -> None:
    """The department asks for four more days, the deciding authority grants them."""
    department.goto(f"/sheets/extensions/?branch={BRANCH}")
    press(department, "main a[href*='/extensions/new/']")
    send(department, "", until=f"{day(14)}T18:00", reason="机构调整，台账正在移交，申请延期。")
    chair.goto("/sheets/extensions/?open=1")
    press(chair, "main tbody a")
    chair.locator("#reason").fill("情况属实，同意延期。")
    press(chair, "button[value=grant]")
    expect(chair.locator("main")).to_contain_text("情况属实，同意延期。")


def hold_poll(department: Page, voter: Page) -> None:
    """A ballot paper, a poll about the branch, six links from the printed file, six votes on a phone, closed."""
    make_paper(department, "党员群众测评表", "row:2.4")
    plan_poll(department, "/polls/new/", place=f"c{Cycle.objects.get().pk}")
    poll = Poll.objects.get()
    press(department, f"form[action$='/{poll.pk}/open/'] button")
    press(department, f"form[action$='/{poll.pk}/links/'] button")
    work_off(department)
    for link, choice in zip(links_in(take_file(department, "pdf"), 6), VOTES, strict=True):
        voter.goto(link)
        voter.get_by_text(choice, exact=True).click()
        voter.get_by_role("button", name="提交测评票").click()
        expect(voter.get_by_role("heading", name="您的测评票已计入")).to_be_visible()
    voter.goto(link)
    expect(voter.get_by_text("可能已经使用过")).to_be_visible()
    department.goto(f"/polls/{poll.pk}/")
    press(department, f"form[action$='/{poll.pk}/close/'] button")
    expect(department.locator("#h-result + *, .poll-figures").last).to_contain_text("90")
    worker.run_due_here()  # earlier states of the counters are purged


def pass_on(department: Page) -> None:
    """The department passes the sheet; the poll's result stands in it already."""
    department.goto("/sheets/department/")
    department.get_by_role("link", name=BRANCH, exact=True).click()
    expect(department.get_by_label("测评结果（0—100）")).to_have_value("90")
    department.get_by_role("button", name="通过并办理下一份").click()
    expect(department.locator("#messages")).to_contain_text("初审通过")


def make_paper(department: Page, name: str, target: str) -> None:
    """A ballot paper with one group of voters; questions and choices as suggested."""
    department.goto("/polls/papers/new/")
    form = department.locator("main form[method=post]")
    for field, said in {
        "name": name,
        "group-1": "党员",
        "group-1-weight": "100",
        "group-2": "",
        "group-2-weight": "",
    }.items():
        enter(form.locator(f"[name='{field}']"), said)
    form.locator("[name=target]").select_option(target)
    form.locator("[name='group-1-roll']").uncheck()
    form.locator("[name='group-1-quorum']").fill("50")
    press(department, form.locator("button.btn-primary"))


def plan_poll(department: Page, address: str, **chosen: str) -> None:
    department.goto(address)
    first = department.locator("main form[method=get]")
    for name in ("form", "organization"):
        first.locator(f"[name={name}]").select_option(index=1)
    for name, value in chosen.items():
        first.locator(f"[name={name}]").select_option(value)
    press(department, first.locator("button"))
    second = department.locator("main form[method=post]")
    second.locator("[name=branch]").select_option(label=BRANCH)
    second.locator("[name^=roster-]").fill("6")
    press(department, second.locator("button.btn-primary"))


def links_in(file: Path, number: int) -> list[str]:
    """The links as they stand in the printed file."""
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(file.read_bytes())).pages)
    found = re.findall(r"/vote/[\w-]+/?", re.sub(r"\s+", "", text))
    assert len(found) == number
    return found


def hold_meeting(department: Page, desk: Page, folder: Path) -> None:
    """The secretary reports; ballots on paper are counted by one person and confirmed by another: 100."""
    make_paper(department, "述职评议测评表", "meeting")
    department.goto("/polls/meetings/new/")
    first = department.locator("main form[method=get]")
    for name in ("form", "cycle", "organization"):
        first.locator(f"[name={name}]").select_option(index=1)
    press(department, first.locator("button"))
    second = department.locator("main form[method=post]")
    for name, said in {"name": "述职评议会", "held_on": day(0), "place": "三楼会议室"}.items():
        second.locator(f"[name={name}]").fill(said)
    second.locator("[name=mode]").select_option("paper")
    second.locator("[name^=roster-]").fill("6")
    second.get_by_label("市发展局机关第二党支部", exact=True).uncheck()
    press(department, second.locator("button.btn-primary"))
    meeting, poll = Meeting.objects.get(), Poll.objects.get(meeting__isnull=False)
    department.goto(f"/polls/{poll.pk}/counts/")
    for name in ("issued", "returned", "valid"):
        department.locator(f"[name^={name}-]").fill("6")
    department.locator("[name^=n-]").first.fill("6")
    press(department, "main form button.btn-primary")
    scan = folder / "计票单.png"
    Image.new("RGB", (60, 80), (250, 250, 250)).save(scan)
    send(department, f"/{poll.pk}/scan/", file=scan, no_secrets=True)
    desk.goto(f"/polls/{poll.pk}/")
    press(desk, f"form[action$='/{poll.pk}/confirm/'] button")
    expect(desk.locator("main")).to_contain_text("100")
    department.goto(f"/polls/meetings/{meeting.pk}/")
    press(department, f"form[action$='/{meeting.pk}/close/'] button")
    worker.run_due_here()


def visit(desk: Page, phone: Page, leader: Page) -> None:
    """A plan by the office, the check list on a phone, a finding, the leader's signature."""
    desk.goto("/visits/plans/new/")
    send(desk, "", cycle=str(Cycle.objects.get().pk), name="四季度实地考察", starts_on=day(0), ends_on=day(15))
    press(desk, "main tbody a")
    desk.locator("#find").fill(BRANCH)
    press(desk, "form:has(#find) button")
    desk.get_by_label(re.compile(BRANCH)).check()
    press(desk, "form[action$='/add/'] button")
    place = f"/visits/{Visit.objects.get().pk}/"
    phone.goto(place)
    press(phone, "button[name=begin]")
    check = phone.locator("[id='row-1.1']")
    check.get_by_text("符合要求").click()
    expect(check).to_have_attribute("data-state", "good")
    check = phone.locator("[id='row-1.2']")
    check.locator("label", has_text="有问题").click()
    check.get_by_label("备注").fill("组织生活会记录不完整")
    check.get_by_role("button", name="保存").click()
    expect(check).to_have_attribute("data-state", "problem")
    send(phone, "/findings/", problem="组织生活会记录不完整", due_on=day(9))
    send(phone, "/record/", present_name="赵书记", course="查阅台账，座谈3人")
    leader.goto(place)
    send(leader, "/sign/", signature="吴组长")
    expect(leader.get_by_text("与签字时一致")).to_be_visible()


def put_right(branch: Page, inspector: Page, folder: Path) -> None:
    """The branch proves what it did; the inspector strikes it off."""
    place = f"/visits/rectifications/{Rectification.objects.get().pk}/"
    branch.goto(place)
    proof = folder / "整改照片.png"
    Image.new("RGB", (40, 30), (30, 120, 30)).save(proof)
    send(branch, "/answer/", measures="已补齐发言提纲并存档", person="钱委员", file=proof, no_secrets=True)
    expect(branch.locator("main")).to_contain_text("整改照片.png")
    inspector.goto(place)
    press(inspector, "button[name=strike_off]")
    expect(inspector.locator("main .visit-layout .alert-success")).to_contain_text("周检查员")
