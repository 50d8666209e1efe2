"""Scheme files on the pages: template, import of workbooks, downloads."""

import io
from urllib.parse import unquote

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from assessments.schemes.filekinds import read_scheme
from assessments.schemes.loading import engine_scheme
from assessments.schemes.models import SchemeVersion
from assessments.scoring import Scheme
from members.models import User
from tests.conftest import City
from tests.factories.workbooks import FAR, book_of, raw_book

pytestmark = pytest.mark.django_db


def upload(client: Client, name: str, content: bytes) -> object:
    return client.post("/schemes/import/", {"file": SimpleUploadedFile(name, content)}, follow=True)


def named(response: object) -> str:
    """The file name that a browser shows."""
    return unquote(response["Content-Disposition"])


@pytest.fixture
def template(office: User, sign_in: object) -> bytes:
    return sign_in(office).get("/schemes/template/").content


def test_office_takes_the_template_and_imports_it_untouched(office: User, sign_in: object) -> None:
    client = sign_in(office)
    assert "下载填写模板" in client.get("/schemes/import/").content.decode()
    response = client.get("/schemes/template/")
    assert "方案填写模板.xlsx" in named(response)
    page = upload(client, "方案填写模板.xlsx", response.content)
    assert page.status_code == 200
    version = SchemeVersion.objects.get(scheme__code="fanli")
    assert (version.status, version.name) == (SchemeVersion.Status.DRAFT, "党支部星级考评标准（填写范例）")


def test_problems_are_listed_with_their_cells_and_nothing_is_imported(
    office: User, template: bytes, sign_in: object
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(template))
    book["指标"]["D5"], book["评分细则"]["A4"] = "四分", "9.9"
    out = io.BytesIO()
    book.save(out)
    page = upload(sign_in(office), "方案.xlsx", out.getvalue())
    assert page.status_code == 422
    text = page.content.decode()
    for said in ("指标!D5: “四分”不是数字", "评分细则!A4: 没有编码为“9.9”的指标", "有 2 处问题，未导入任何内容。"):
        assert said in text
    assert not SchemeVersion.objects.filter(scheme__code="fanli").exists()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("方案.xlsx", raw_book(FAR), "超过10000行"),
        ("方案.xlsx", b"%PDF-1.7", "PDF"),
        ("方案.yaml", book_of({"名册": [["姓名"]]}), "缺少工作表“指标”"),
        ("方案.xls", b"\xd0\xcf\x11\xe0", "另存为"),
        ("方案.xlsx", b"", "空的"),
    ],
)
def test_a_file_that_is_no_scheme_is_refused_with_a_sentence(
    office: User, sign_in: object, name: str, content: bytes, said: str
) -> None:
    page = upload(sign_in(office), name, content)
    assert page.status_code == 422
    assert said in page.content.decode()


def test_a_published_version_is_not_replaced_by_a_workbook(city: City, office: User, sign_in: object) -> None:
    client = sign_in(office)
    digest = city.scheme.digest
    page = upload(client, "a.xlsx", client.get(f"/schemes/{city.scheme.pk}/workbook/").content)
    assert page.status_code == 422
    city.scheme.refresh_from_db()
    assert city.scheme.digest == digest


def test_everybody_who_reads_a_scheme_downloads_it_as_a_workbook(
    city: City, secretary: User, outsider: User, sign_in: object
) -> None:
    client = sign_in(secretary)
    page = client.get(f"/schemes/{city.scheme.pk}/").content.decode()
    assert f"/schemes/{city.scheme.pk}/workbook/" in page
    response = client.get(f"/schemes/{city.scheme.pk}/workbook/")
    assert response["Content-Type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert f"{city.scheme.name}-{city.scheme.version}.xlsx" in named(response)
    assert Scheme.from_data(read_scheme("a.xlsx", response.content).data) == engine_scheme(city.scheme)
    assert f"{city.scheme.name}-{city.scheme.version}.yaml" in named(client.get(f"/schemes/{city.scheme.pk}/file/"))
    assert sign_in(outsider).get(f"/schemes/{city.scheme.pk}/workbook/").status_code == 404


def test_only_those_who_draw_up_schemes_take_the_template(secretary: User, reviewer: User, sign_in: object) -> None:
    assert sign_in(secretary).get("/schemes/template/").status_code == 403
    assert sign_in(reviewer).get("/schemes/template/").status_code == 403
