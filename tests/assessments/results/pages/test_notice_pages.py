"""The way from tally to publication through the pages: every step, who sees what, and with how many queries."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from docx import Document

from assessments.cycles.models import Cycle, YearPlan
from assessments.results.models import Publication
from assessments.results.notices.models import Consultation, ConsultationReply, Notice, Objection
from assessments.results.notices.services import consulting, objecting, showing
from assessments.results.services.publishing import prepare_publication
from assessments.sheets.reopening.models import Reopening
from tests.factories.branches import make_branch
from tests.factories.results import BEST, make_approved, make_tally

CONTACT = "市直机关工委考评办，综合楼301室"


@pytest.fixture
def candidate(city, inspector, office):
    YearPlan.objects.filter(pk=city.cycle.plan_id).update(notice_days=5)
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="rating")
    city.cycle.refresh_from_db()
    sheets = (city.sheet, city.sibling_sheet, city.far_sheet, city.farther_sheet)
    for points, sheet in zip((10, 9, 8, 7), sheets, strict=True):
        make_approved(sheet, inspector, marks=BEST, points=points)
    return make_tally(city.cycle, office)


@pytest.fixture
def prepared(candidate, office):
    today = timezone.localdate()
    consulting.record_meeting(
        tally=candidate,
        actor=office,
        digest=candidate.digest,
        held_on=today,
        expected=9,
        present=9,
        minutes="同意评定。",
    )
    return prepare_publication(tally=candidate, actor=office, digest=candidate.digest, title="评星结果")


@pytest.fixture
def notice(prepared, authority):
    return showing.begin_notice(
        publication=prepared, actor=authority, starts_on=timezone.localdate(), min_stars=1, contact=CONTACT,
        audience="public",
    )  # fmt: skip


def text(response):
    return response.content.decode()


def test_the_way_is_shown_step_by_step(candidate, office, authority, secretary, sign_in):
    page = text(sign_in(office).get(f"/results/{candidate.pk}/procedure/"))
    for words in ("征求意见", "审定会议", "考评办拟稿", "公示与异议", "正式发布", "发函征求意见", "记录会议"):
        assert words in page
    seen = text(sign_in(authority).get(f"/results/{candidate.pk}/procedure/"))
    assert "发函征求意见" not in seen
    assert sign_in(secretary).get(f"/results/{candidate.pk}/procedure/").status_code == 404


def test_a_consultation_from_letter_to_close(candidate, office, authority, sign_in, city):
    client, today = sign_in(office), timezone.localdate().isoformat()
    refused = client.post(f"/results/{candidate.pk}/consult/", {"organ": "纪", "min_stars": 1, "due_on": today})
    assert refused.status_code == 422
    assert "请填写征求意见单位" in text(refused)
    assert not Consultation.objects.exists()
    sent = client.post(
        f"/results/{candidate.pk}/consult/", {"organ": "驻市直机关纪检组", "min_stars": 1, "due_on": today}
    )
    found = Consultation.objects.get()
    assert sent["Location"] == f"/results/consultations/{found.pk}/"
    assert city.branch.name in text(client.get(sent["Location"]))
    reply = found.replies.get(branch=city.branch)
    address = f"/results/consultations/{found.pk}/replies/{reply.pk}/"
    code = city.scheme.content["veto"][0]["code"]
    said = {"opinion": "hit", "replied_on": today, "text": "班子成员受处分", "document": "纪发3号", "veto_code": code}
    assert client.post(address, said | {"document": ""}).status_code == 422
    assert client.post(address, said).status_code == 302
    assert client.post(address, said).status_code == 409
    assert client.post(f"/results/consultations/{found.pk}/close/").status_code == 422
    assert client.post(f"/results/consultations/{found.pk}/clear/", {"replied_on": today}).status_code == 302
    assert client.post(f"/results/consultations/{found.pk}/close/").status_code == 302
    asked = Reopening.objects.get()
    decider = sign_in(authority)
    assert "一票否决" in text(decider.get(f"/sheets/reopenings/{asked.pk}/"))
    assert decider.post(f"/sheets/reopenings/{asked.pk}/", {"decision": "grant", "reason": "同"}).status_code == 422
    granted = {"decision": "grant", "reason": "依据函件重新审核"}
    assert decider.post(f"/sheets/reopenings/{asked.pk}/", granted).status_code == 302
    asked.refresh_from_db()
    assert (asked.status, asked.revision.status) == ("granted", "review")


def test_meeting_notice_and_final_publication(candidate, office, authority, sign_in):
    client, today = sign_in(office), timezone.localdate().isoformat()
    met = {"digest": candidate.digest, "held_on": today, "expected": 9, "present": 2, "minutes": "同意评定意见"}
    assert "过半" in text(client.post(f"/results/{candidate.pk}/meeting/", met))
    assert client.post(f"/results/{candidate.pk}/meeting/", met | {"present": 9}).status_code == 302
    client.post(f"/results/{candidate.pk}/prepare/", {"digest": candidate.digest, "title": "评星结果"})
    publication = Publication.objects.get()
    decider = sign_in(authority)
    page = text(decider.get(f"/results/publications/{publication.pk}/"))
    assert "开始公示" in page
    assert "批准发布" not in page
    assert decider.post(f"/results/publications/{publication.pk}/publish/").status_code == 400
    said = {"starts_on": today, "days": 5, "min_stars": 3, "audience": "internal", "contact": CONTACT}
    begun = f"/results/publications/{publication.pk}/notice/"
    assert "不少于5个工作日" in text(decider.post(begun, said | {"days": 1}))
    assert decider.post(begun, said).status_code == 302
    found = Notice.objects.get()
    shorter = {"last_on": today, "reason": "提前结束本次公示"}
    refused = decider.post(f"{begun}extend/", shorter)
    assert refused.status_code == 422 or found.last_on.isoformat() == today
    assert decider.post(f"{begun}withdraw/", {"reason": "错"}).status_code == 422
    assert decider.post(f"{begun}withdraw/", {"reason": "名单有误，重新核对"}).status_code == 302
    assert "已撤回" in text(decider.get(f"/results/publications/{publication.pk}/"))


def test_a_public_notice_is_read_without_an_account_and_tells_no_figures(notice, client, city):
    page = text(client.get(f"/notices/{notice.pk}/"))
    assert city.branch.name in page
    assert CONTACT in page
    assert "96.50" not in page
    assert "提出异议" not in page


def test_an_internal_notice_asks_to_sign_in(notice, client, secretary, sign_in):
    Notice.objects.filter(pk=notice.pk).update(audience="internal")
    answer = client.get(f"/notices/{notice.pk}/")
    assert answer["Location"].startswith("/accounts/login/")
    assert sign_in(secretary).get(f"/notices/{notice.pk}/").status_code == 200


def test_the_secretary_objects_and_reads_the_answer(notice, secretary, authority, office, neighbour, sign_in, city):
    client = sign_in(secretary)
    assert f"/results/notices/{notice.pk}/object/{city.branch.pk}/" in text(client.get(f"/notices/{notice.pk}/"))
    result = notice.publication.tally.results.get(branch=city.branch)
    assert "本结果为拟定结果" in text(client.get(f"/reports/results/{result.pk}/"))
    address = f"/results/notices/{notice.pk}/object/{city.branch.pk}/"
    kept = client.post(address, {"text": "不服"})
    assert (kept.status_code, "不服" in text(kept)) == (422, True)
    assert client.post(address, {"text": "第2.2项已补充凭证，应为10分。"}).status_code == 302
    found = Objection.objects.get()
    assert found.by_name == secretary.name
    assert sign_in(neighbour).get(f"/results/objections/{found.pk}/").status_code == 404
    assert "评星结果”公示中，请核对本支部结果" in text(client.get("/"))
    decider = sign_in(authority)
    assert "1件异议待答复" in text(decider.get("/"))
    page = text(decider.get(f"/results/objections/{found.pk}/"))
    assert "需更正的评分表" in page
    answer = {"decision": "upheld", "sheet": city.sheet.pk, "extent": "whole", "answer": "经核查属实，予以更正。"}
    assert decider.post(f"/results/objections/{found.pk}/", answer | {"answer": "行"}).status_code == 422
    assert decider.post(f"/results/objections/{found.pk}/", answer).status_code == 302
    assert decider.post(f"/results/objections/{found.pk}/", answer).status_code == 403
    assert "经核查属实" in text(client.get(f"/results/objections/{found.pk}/"))


def test_an_objection_after_the_last_second_names_the_day_and_whom_to_write_to(
    prepared, authority, secretary, sign_in, city
):
    begun = timezone.now() - timedelta(days=40)
    over = showing.begin_notice(
        publication=prepared, actor=authority, starts_on=timezone.localdate(begun), min_stars=1, contact=CONTACT,
        at=begun,
    )  # fmt: skip
    answer = sign_in(secretary).post(
        f"/results/notices/{over.pk}/object/{city.branch.pk}/", {"text": "第2.2项已补充凭证，应为10分。"}
    )
    assert answer.status_code == 403
    assert f"异议受理截至{over.last_on}。期满后请书面向工委反映。" in text(answer)
    assert not Objection.objects.exists()


def test_an_objection_is_upheld_for_the_indicators_it_names(notice, secretary, authority, sign_in, city):
    said = {"notice": notice, "branch": city.branch, "actor": secretary, "at": timezone.now()}
    found = objecting.object_to(**said, text="第2.2项漏计0.5分，2.1项也请复核；共差1.3分。")
    decider, address = sign_in(authority), f"/results/objections/{found.pk}/"
    part = decider.get(address, {"sheet": city.sheet.pk}, headers={"HX-Request": "true"})
    ticked = re.findall(r'name="codes" value="([^"]+)" checked', text(part))
    assert (ticked, text(part).lstrip()[:25]) == (["2.1", "2.2"], '<div id="objection-part" ')
    answer = {"decision": "upheld", "sheet": city.sheet.pk, "answer": "经核查，2.2项属实，予以更正。"}
    without_rows = decider.post(address, answer)
    assert (without_rows.status_code, "下方已列出" in text(without_rows)) == (422, True)
    answer |= {"rows_of": city.sheet.pk}
    assert "请选择只打开勾选的指标，还是打开整张评分表" in text(decider.post(address, answer))
    answer |= {"extent": "part"}
    nothing_ticked = decider.post(address, answer)
    assert (nothing_ticked.status_code, "请勾选" in text(nothing_ticked)) == (422, True)
    assert decider.post(address, answer | {"codes": ["2.2"]}).status_code == 302
    found.refresh_from_db()
    assert (found.reopening.is_partial, found.reopening.opens_claims) == (True, False)
    page = text(sign_in(secretary).get(address))
    assert "重新打开：</strong> 2.2 经费使用。其余各项保持封存时的内容。" in page


def test_the_office_registers_a_letter(notice, office, sign_in, city):
    client, today = sign_in(office), timezone.localdate().isoformat()
    address = f"/results/notices/{notice.pk}/register/"
    said = {
        "branch": city.far_branch.name,
        "channel": "letter",
        "received_on": today,
        "text": "该支部记录不实，请核查。",
    }
    assert "没有这个编码或名称" in text(client.post(address, said | {"branch": "没有的支部"}))
    assert client.post(address, said).status_code == 302
    assert Objection.objects.get().by_name == ""
    assert "来信" in text(client.get("/results/objections/"))


@pytest.mark.parametrize(
    ("paper", "words"), [("proposals", "市发展局"), ("notice", "公示时间"), ("circular", "现予通报")]
)
def test_papers_open_in_word(notice, office, sign_in, paper, words):
    answer = sign_in(office).get(f"/results/{notice.publication.tally_id}/papers/{paper}/")
    assert "docx" in answer["Content-Disposition"]
    document = Document(BytesIO(b"".join(answer) if answer.streaming else answer.content))
    said = "\n".join(line.text for line in document.paragraphs)
    said += "\n".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)
    assert words in said
    assert "PAGE" in document.sections[0].footer.paragraphs[0]._p.xml  # the field that numbers the pages
    for table in document.tables:
        assert [column.width for column in table.columns] == [cell.width for cell in table.rows[0].cells]
    assert sign_in(office).get(f"/results/{notice.publication.tally_id}/papers/other/").status_code == 404


def counts(client, pages):
    """How many queries each page asks."""
    found = {}
    for address in pages:
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        found[address] = len(asked)
    return found


def many_replies(consultation, city, count=60):
    for at in range(count):
        branch = make_branch(city.committee, f"加列支部{at}", sector=city.branch.sector)
        ConsultationReply.objects.create(consultation=consultation, branch=branch, stars=3)


def test_lists_ask_as_many_queries_for_many_rows_as_for_one(
    notice, candidate, office, secretary, authority, city, sign_in, leader
):
    consultation = Consultation.objects.create(
        plan=candidate.plan, cycle=candidate.cycle, tally=candidate, organ="纪检组", min_stars=1,
        due_on=timezone.localdate(), sent_by=office, sent_at=timezone.now(),
    )  # fmt: skip
    objecting.object_to(
        notice=notice, branch=city.branch, actor=secretary, text="第2.2项应为10分，请核查。", at=timezone.now()
    )
    Reopening.objects.create(sheet=city.sheet, reason="漏记", asked_by=office, asked_at=timezone.now())
    many_replies(consultation, city, 1)
    client = sign_in(authority)
    pages = {
        f"/results/consultations/{consultation.pk}/": 6,
        "/results/objections/": 6,
        "/sheets/reopenings/": 5,
        f"/notices/{notice.pk}/": 6,
    }
    few = counts(client, pages)
    many_replies(consultation, city, 60)
    now = timezone.now()
    letter = {"notice": notice, "branch": city.far_branch, "channel": "letter", "entered_by": office}
    Objection.objects.bulk_create(
        Objection(**letter, text=f"来信{at}", received_at=now, entered_at=now) for at in range(60)
    )
    for sheet in (city.sibling_sheet, city.far_sheet):
        Reopening.objects.create(sheet=sheet, reason="漏记", asked_by=office, asked_at=now)
    assert few == counts(client, pages) == pages
