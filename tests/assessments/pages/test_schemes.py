"""The scheme pages: who sees what, bringing a draft in, publishing it by a second person."""

import copy

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from assessments.schemes.files import write_scheme_yaml
from assessments.schemes.models import SchemeVersion
from assessments.schemes.services.drafts import import_scheme
from assessments.schemes.services.publishing import propose_scheme
from assessments.scoring import Scheme
from branchportal.errors import InvalidScheme, StaleState
from branchportal.models import AuditEntry
from members.models import User
from tests.conftest import City
from tests.factories.schemes import SCHEME

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


def test_an_account_without_office_sees_no_scheme(city: City, outsider: User, sign_in: object) -> None:
    client = sign_in(outsider)
    assert client.get(f"/schemes/{city.scheme.pk}/").status_code == 404
    assert "测试用考评标准" not in client.get("/schemes/").content.decode()


def test_a_draft_is_brought_in_by_the_office_and_published_by_the_authority(
    city: City, office: User, authority: User, secretary: User, sign_in: object
) -> None:
    assert upload(sign_in(office), scheme_file()).status_code == 200
    draft = SchemeVersion.objects.get(version="2")
    assert (draft.status, draft.created_by, draft.indicators.count()) == ("draft", office, 0)
    assert sign_in(secretary).get(f"/schemes/{draft.pk}/").status_code == 404
    assert sign_in(office).post(f"/schemes/{draft.pk}/publish/").status_code == 403
    assert sign_in(authority).post(f"/schemes/{draft.pk}/publish/").status_code == 403
    propose_scheme(version=draft, edition=draft.edition, actor=office)
    sign_in(authority).post(f"/schemes/{draft.pk}/publish/")
    draft.refresh_from_db()
    assert (draft.status, draft.published_by, draft.indicators.count()) == ("published", authority, 9)
    assert AuditEntry.objects.filter(action="scheme.published", object_id=draft.pk, actor=authority).exists()
    assert sign_in(secretary).get(f"/schemes/{draft.pk}/").status_code == 200


def test_nobody_publishes_what_they_brought_in(city: City, office: User, authority: User, sign_in: object) -> None:
    draft = import_scheme(SCHEME | {"version": "2"})
    propose_scheme(version=draft, edition=draft.edition, actor=office)
    draft.edits.update(actor=authority)
    answer = sign_in(authority).post(f"/schemes/{draft.pk}/publish/")
    assert answer.status_code == 403
    assert "您本人编辑过" in answer.content.decode()


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


@pytest.mark.parametrize("many", [False, True])
def test_the_list_asks_a_fixed_number_of_queries(
    city: City, office: User, sign_in: object, django_assert_num_queries: object, many: bool
) -> None:
    for number in range(5 if many else 0):
        import_scheme(SCHEME | {"version": f"x{number}"})
    client = sign_in(office)
    with django_assert_num_queries(4):
        client.get("/schemes/")
