"""The scheme pages: who sees what, bringing a draft in, publishing it by a second person."""

import copy

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from assessments.schemes.files import write_scheme_yaml
from assessments.schemes.history import history
from assessments.schemes.models import SchemeVersion
from assessments.schemes.services.drafts import import_scheme, save_draft, start_draft
from assessments.schemes.services.publishing import propose_scheme, publish_scheme, send_back_scheme
from assessments.scoring import Scheme
from branchportal.errors import InvalidScheme, StaleState
from branchportal.models import AuditEntry
from members.models import User
from tests.conftest import City
from tests.factories.branches import make_sector
from tests.factories.members import make_member
from tests.factories.schemes import SCHEME, make_scheme, sector_indicators

pytestmark = pytest.mark.django_db


def scheme_file(**changes: object) -> SimpleUploadedFile:
    text = write_scheme_yaml(Scheme.from_data(SCHEME | {"version": "2"} | changes))
    return SimpleUploadedFile("标准.yaml", text.encode() if isinstance(text, str) else text)


def upload(client: Client, file: SimpleUploadedFile) -> object:
    return client.post("/schemes/import/", {"file": file}, follow=True)


def test_everybody_with_an_office_reads_the_published_scheme(city: City, secretary: User, sign_in: object) -> None:
    client = sign_in(secretary)
    assert "测试用考评标准" in client.get("/schemes/").content.decode()
    page = client.get(f"/schemes/{city.scheme.pk}/").content.decode()
    for said in ("“三会一课”", "每缺1次会议", "群众满意度", "获得表彰", "支部书记受撤职以上处分", "比例控制"):
        assert said in page
    assert "导入考评标准" not in client.get("/schemes/").content.decode()


@pytest.mark.parametrize("who", ["outsider", "secadmin"])
def test_without_an_office_that_assesses_nobody_sees_a_scheme(
    city: City, sign_in: object, request: pytest.FixtureRequest, who: str
) -> None:
    client = sign_in(request.getfixturevalue(who))
    assert 'href="/schemes/"' not in client.get("/").content.decode()
    assert client.get(f"/schemes/{city.scheme.pk}/").status_code == 404
    assert "测试用考评标准" not in client.get("/schemes/").content.decode()


@pytest.fixture
def draft(city: City, office: User) -> SchemeVersion:
    """A draft without errors, started from the published version."""
    return start_draft(source=city.scheme, number="2", actor=office)


@pytest.fixture
def proposed(draft: SchemeVersion, office: User) -> SchemeVersion:
    return propose_scheme(version=draft, edition=draft.edition, actor=office, note="提高群众满意度要求")


def broken(draft: SchemeVersion, office: User) -> SchemeVersion:
    """The draft with a sum that is wrong and a rule that does not exist."""
    content = copy.deepcopy(draft.content)
    content["indicators"][0]["points"] = 61
    content["indicators"][0]["children"][0]["rule"] = "guess"
    return save_draft(version=draft, edition=draft.edition, content=content, summary="改", actor=office)


def page_of(client: Client, version: SchemeVersion, query: str = "") -> str:
    answer = client.get(f"/schemes/{version.pk}/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_draft_is_brought_in_put_forward_and_published_by_three_people(
    city: City, office: User, authority: User, secretary: User, sign_in: object
) -> None:
    assert upload(sign_in(office), scheme_file()).status_code == 200
    draft = SchemeVersion.objects.get(version="2")
    assert (draft.status, draft.created_by, draft.indicators.count()) == ("draft", office, 0)
    assert sign_in(secretary).get(f"/schemes/{draft.pk}/").status_code == 404
    edition = {"edition": draft.edition}
    assert sign_in(authority).post(f"/schemes/{draft.pk}/publish/", edition).status_code == 403
    assert sign_in(authority).post(f"/schemes/{draft.pk}/propose/", edition).status_code == 403
    said = sign_in(office).post(f"/schemes/{draft.pk}/propose/", edition | {"note": "请审定"}, follow=True)
    assert "已送审" in said.content.decode()
    assert sign_in(office).post(f"/schemes/{draft.pk}/publish/", edition).status_code == 403
    page = page_of(sign_in(authority), draft)
    assert ("请审定" in page, "审定发布" in page, "送审人：郑干事" in page) == (True, True, True)
    sign_in(authority).post(f"/schemes/{draft.pk}/publish/", edition)
    draft.refresh_from_db()
    assert (draft.status, draft.published_by, draft.indicators.count()) == ("published", authority, 9)
    assert AuditEntry.objects.filter(action="scheme.published", object_id=draft.pk, actor=authority).exists()
    assert "郑干事" not in page_of(sign_in(secretary), draft)


def test_nobody_publishes_what_they_brought_in(city: City, office: User, authority: User, sign_in: object) -> None:
    draft = import_scheme(SCHEME | {"version": "2"})
    propose_scheme(version=draft, edition=draft.edition, actor=office)
    draft.edits.update(actor=authority)
    answer = sign_in(authority).post(f"/schemes/{draft.pk}/publish/", {"edition": draft.edition})
    assert answer.status_code == 403
    assert "您本人编辑过" in answer.content.decode()
    assert "您本人编辑过" in page_of(sign_in(authority), draft)


def test_a_second_account_of_the_editor_does_not_publish_either(
    proposed: SchemeVersion, city: City, office: User, authority: User, sign_in: object
) -> None:
    member = make_member(city.branch)
    User.objects.filter(pk__in=[office.pk, authority.pk]).update(member=member)
    answer = sign_in(authority).post(f"/schemes/{proposed.pk}/publish/", {"edition": proposed.edition})
    assert (answer.status_code, "您本人编辑过" in answer.content.decode()) == (403, True)


def test_a_draft_with_problems_shows_them_and_is_not_put_forward(
    draft: SchemeVersion, office: User, sign_in: object
) -> None:
    draft, client = broken(draft, office), sign_in(office)
    page = page_of(client, draft)
    assert ("个问题，改正后才能送审" in page, "1.1 “三会一课”" in page, "disabled" in page) == (True, True, True)
    answer = client.post(f"/schemes/{draft.pk}/propose/", {"edition": draft.edition, "note": "我的说明"})
    page = answer.content.decode()
    assert (answer.status_code, "请先改正" in page, "我的说明" in page) == (422, True, True)
    draft.refresh_from_db()
    assert draft.status == "draft"
    assert client.get(f"/schemes/{draft.pk}/file/").status_code == 400


@pytest.mark.parametrize("content", [{}, {"indicators": "x"}, {"indicators": [1, {"code": "1", "children": [2]}]}])
def test_an_empty_or_odd_draft_is_a_page_too(
    draft: SchemeVersion, office: User, sign_in: object, content: dict
) -> None:
    draft = save_draft(version=draft, edition=draft.edition, content=content, summary="改", actor=office)
    assert "个问题，改正后才能送审" in page_of(sign_in(office), draft)
    assert sign_in(office).get(f"/schemes/{draft.pk}/compare/").status_code == 200


def test_sent_back_with_a_reason_the_office_reads_it_and_puts_it_forward_again(
    proposed: SchemeVersion, office: User, authority: User, sign_in: object
) -> None:
    address = f"/schemes/{proposed.pk}/send-back/"
    empty = sign_in(authority).post(address, {"reason": "  "})
    assert (empty.status_code, "请填写理由" in empty.content.decode()) == (422, True)
    sign_in(authority).post(address, {"reason": "第二项分值偏高"})
    page = page_of(sign_in(office), proposed)
    assert ("退回理由：" in page, "第二项分值偏高" in page) == (True, True)
    assert "审定机关退回" in sign_in(office).get("/schemes/").content.decode()
    proposed.refresh_from_db()
    sign_in(office).post(f"/schemes/{proposed.pk}/propose/", {"edition": proposed.edition})
    proposed.refresh_from_db()
    assert (proposed.status, proposed.sent_back_reason) == ("proposed", "")


def test_the_office_takes_back_without_a_reason(proposed: SchemeVersion, office: User, sign_in: object) -> None:
    assert "撤回" in page_of(sign_in(office), proposed)
    sign_in(office).post(f"/schemes/{proposed.pk}/send-back/")
    proposed.refresh_from_db()
    assert (proposed.status, proposed.sent_back_reason) == ("draft", "")


def test_what_was_read_is_what_is_published(
    proposed: SchemeVersion, office: User, authority: User, sign_in: object
) -> None:
    read = proposed.edition
    send_back_scheme(version=proposed, actor=office)
    content = proposed.content | {"notes": "后来加的"}
    later = save_draft(version=proposed, edition=read, content=content, summary="改", actor=office)
    propose_scheme(version=later, edition=later.edition, actor=office)
    answer = sign_in(authority).post(f"/schemes/{later.pk}/publish/", {"edition": read})
    assert (answer.status_code, "请刷新页面重新阅读" in answer.content.decode()) == (409, True)
    later.refresh_from_db()
    assert (later.status, later.indicators.count()) == ("proposed", 0)


def test_the_history_tells_who_did_what(
    draft: SchemeVersion, office: User, authority: User, auditor: User, secretary: User, sign_in: object
) -> None:
    for number in range(3):
        content = draft.content | {"notes": f"第{number}稿"}
        draft = save_draft(version=draft, edition=draft.edition, content=content, summary="改", actor=office)
    propose_scheme(version=draft, edition=draft.edition, actor=office, note="请审定")
    send_back_scheme(version=draft, actor=authority, reason="请补充")
    propose_scheme(version=draft, edition=draft.edition, actor=office)
    publish_scheme(version=draft, actor=authority)
    told = [(event.actor, event.what, event.note) for event in history(draft)]
    assert told == [
        (office, "新建草案", ""),
        (office, "修改3次", ""),
        (office, "送审", "请审定"),
        (authority, "退回", "请补充"),
        (office, "送审", ""),
        (authority, "审定发布", ""),
    ]
    page = page_of(sign_in(auditor), draft)
    assert all(said in page for said in ("修改3次", "请补充", "审定发布"))
    assert "请补充" not in page_of(sign_in(secretary), draft)


def test_wrong_sums_are_listed_and_nothing_is_imported(city: City, office: User, sign_in: object) -> None:
    broken = copy.deepcopy(SCHEME) | {"version": "2", "full_marks": 120}
    broken["indicators"][0]["points"] = 61
    lines = ["code: small", 'version: "2"', "name: 错的", "full_marks: 120", "round_before_banding: 2"]
    text = "\n".join([*lines, "indicators: [{code: '1', name: 甲, points: 61, rule: entry}]", "bands: []", "year: {}"])
    answer = upload(sign_in(office), SimpleUploadedFile("错.yaml", text.encode()))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "未导入任何内容" in page
    assert page.count("<li>") >= 3
    assert SchemeVersion.objects.count() == 1
    with pytest.raises(InvalidScheme) as refusal:
        import_scheme(broken)
    assert len(refusal.value.details["problems"]) >= 2


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"MZ\x90\x00", b"code: [", "：".encode()])
def test_a_file_that_is_no_scheme_gets_a_sentence(city: City, office: User, sign_in: object, content: bytes) -> None:
    answer = upload(sign_in(office), SimpleUploadedFile("a.yaml", content))
    assert answer.status_code == 422
    assert SchemeVersion.objects.count() == 1


def test_a_published_version_is_never_replaced(city: City, office: User, sign_in: object) -> None:
    changed = SCHEME | {"name": "改名"}
    with pytest.raises(StaleState):
        import_scheme(changed)
    answer = upload(sign_in(office), scheme_file(version="1", name="改名"))
    assert (answer.status_code, "已发布，不能更改" in answer.content.decode()) == (422, True)
    assert SchemeVersion.objects.get(version="1").name == "测试用考评标准"


def test_the_file_of_a_version_reads_back_equal(city: City, secretary: User, sign_in: object) -> None:
    from assessments.schemes.files import read_scheme_yaml

    content = sign_in(secretary).get(f"/schemes/{city.scheme.pk}/file/").content
    assert Scheme.from_data(read_scheme_yaml(content)).to_data() == city.scheme.content


def test_the_list_groups_versions_and_names_the_plans(
    city: City, office: User, authority: User, proposed: SchemeVersion, sign_in: object
) -> None:
    other = import_scheme(SCHEME | {"code": "other", "name": "村党组织考评标准"})
    page = sign_in(authority).get("/schemes/").content.decode()
    assert (page.count('<section class="card'), "2026年度考评方案" in page, "基于1版" in page) == (2, True, True)
    assert (page.count("待审定</span>"), page.count("审阅并审定")) == (1, 1)
    found = sign_in(office).get("/schemes/?q=村党组织").content.decode()
    assert (f"/schemes/{other.pk}/" in found, f"/schemes/{city.scheme.pk}/" in found) == (True, False)
    waiting = sign_in(office).get("/schemes/?status=proposed").content.decode()
    assert (f"/schemes/{proposed.pk}/" in waiting, f"/schemes/{other.pk}/" in waiting) == (True, False)
    assert "没有符合条件的版本" in sign_in(office).get("/schemes/?q=无此标准").content.decode()
    assert sign_in(office).get("/schemes/?status=nonsense&page=x").status_code == 200


@pytest.mark.parametrize("many", [False, True])
def test_the_list_asks_a_fixed_number_of_queries(
    city: City, office: User, sign_in: object, django_assert_num_queries: object, many: bool
) -> None:
    for number in range(5 if many else 0):
        import_scheme(SCHEME | {"version": f"x{number}"})
    client = sign_in(office)
    with django_assert_num_queries(6):
        client.get("/schemes/")


@pytest.mark.parametrize("many", [False, True])
def test_the_page_of_a_version_asks_a_fixed_number_of_queries(
    city: City, office: User, proposed: SchemeVersion, sign_in: object, django_assert_num_queries: object, many: bool
) -> None:
    for number in range(5 if many else 0):
        import_scheme(SCHEME | {"version": f"x{number}"})
    client = sign_in(office)
    page_of(client, proposed)
    with django_assert_num_queries(8):
        page_of(client, proposed)


def test_sector_rows_are_marked_summed_and_filtered(city: City, secretary: User, sign_in: object) -> None:
    make_sector("village", "村")
    version = make_scheme(version="s", indicators=sector_indicators())
    page = page_of(sign_in(secretary), version)
    assert ("机关 <strong" in page, "共性" in page, "个性：机关" in page, "个性：村" in page) == (
        True,
        True,
        True,
        True,
    )
    assert ("机关服务" in page, "村务公开" in page) == (True, True)
    village = page_of(sign_in(secretary), version, "?sector=village")
    assert ("机关服务" in village, "村务公开" in village, "合计100分" in village) == (False, True, True)
    assert "机关服务" in page_of(sign_in(secretary), version, "?sector=nonsense")
