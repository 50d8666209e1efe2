"""Files and claims of a sheet in filling, through the client: taken, refused with their names, answered."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from assessments.sheets.models import Claim, Evidence
from tests.assessments.sheets.files import pdf_bytes

FETCH = {"HTTP_X_REQUESTED_WITH": "fetch", "HTTP_ACCEPT": "application/json"}


@pytest.fixture
def client(sign_in, secretary):
    return sign_in(secretary)


def test_upload_over_the_page_names_the_refused_file(city, client):
    url = f"/sheets/{city.sheet.pk}/evidence/upload/"
    files = [
        SimpleUploadedFile("记录.pdf", pdf_bytes()),
        SimpleUploadedFile("假.pdf", b"MZ"),
        SimpleUploadedFile("空.pdf", b""),
    ]
    page = client.post(url, {"code": "1.1", "no_secrets": "1", "file": files}, follow=True).content.decode()
    assert Evidence.objects.get().name == "记录.pdf"
    assert ("“假.pdf”" in page, "“空.pdf”" in page) == (True, True)
    answer = client.post(url, {"code": "1.1", "no_secrets": "1", "file": SimpleUploadedFile("假.pdf", b"MZ")}, **FETCH)
    assert (answer.status_code, answer.json()["code"]) == (400, "file_refused")
    assert client.post(url, {"code": "1.1"}, **FETCH).status_code == 400


def test_a_body_of_200_megabytes_is_refused_before_it_is_read(city, client, secretary):
    answer = client.generic(
        "POST", f"/sheets/{city.sheet.pk}/evidence/upload/", b"x", content_type="multipart/form-data; boundary=b",
        CONTENT_LENGTH=str(200 * 1024 * 1024), **FETCH,
    )  # fmt: skip
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_record_of_others_takes_no_files_from_the_branch(city, client, office):
    claim = Claim.objects.create(
        sheet=city.sheet, kind="penalty", item_code="P1", matter="通报批评", status="recorded",
        entered_by=office, entered_at=timezone.now(),
    )  # fmt: skip
    url = f"/sheets/{city.sheet.pk}/evidence/upload/"
    said = {"claim": claim.pk, "no_secrets": "1", "file": SimpleUploadedFile("记录.pdf", pdf_bytes())}
    answer = client.post(url, said, **FETCH)
    assert answer.status_code == 409
    assert not Evidence.objects.exists()


def test_claim_with_its_file_in_one_step(city, client):
    url = f"/sheets/{city.sheet.pk}/claims/add/"
    form = {
        "item": "B1:省级",
        "matter": "获省级先进",
        "document": "省委〔2026〕3号",
        "happened_on": "2026-01-09",
        "count": "1",
    }
    assert client.post(url, form | {"matter": ""}).status_code == 422
    answer = client.post(url, form | {"no_secrets": "1", "file": SimpleUploadedFile("证书.pdf", pdf_bytes())})
    assert answer["Location"] == f"/sheets/{city.sheet.pk}/#claims"
    claim = Claim.objects.get()
    assert (claim.item_code, claim.level, claim.evidence_links.count()) == ("B1", "省级", 1)
    page = client.post(url, form | {"matter": "获省级 先进"}, follow=True).content.decode()
    assert "与以前申报过的事项相似" in page


def test_recorded_penalty_is_shown_and_answered(city, client, secretary, office):
    claim = Claim.objects.create(
        sheet=city.sheet, kind="penalty", item_code="P1", matter="通报批评一次", document="工委〔2026〕8号",
        status="recorded", happened_on=timezone.localdate(), entered_by=office, entered_at=timezone.now(),
    )  # fmt: skip
    page = client.get(f"/sheets/{city.sheet.pk}/").content.decode()
    assert "工委〔2026〕8号" in page
    url = f"/sheets/{city.sheet.pk}/claims/{claim.pk}/answer/"
    client.post(url, {"version": "1", "answer": "已完成整改并报送说明。"})
    claim.refresh_from_db()
    assert claim.answer == "已完成整改并报送说明。"
