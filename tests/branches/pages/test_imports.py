"""Import and export in the browser's words: template, upload, trial page, confirmation, download."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from branches.imports.kinds import kinds
from branches.imports.reading import read_file
from branches.models import ImportUpload, Unit
from branchportal.errors import ImportRejected
from members.models import User
from members.roles import Role
from tests.branches.files import workbook
from tests.factories.members import appoint, make_user

pytestmark = pytest.mark.django_db
IMPORTS = "branches:imports"
HEADINGS = ["单位编码", "单位名称"]


def post(client, rows: list[list[str]], kind: str = "units", name: str = "单位表.xlsx"):
    file = SimpleUploadedFile(name, workbook(HEADINGS, rows))
    return client.post(reverse(IMPORTS), {"kind": kind, "file": file})


def test_upload_trial_and_confirmation(sign_in, office):
    client = sign_in(office)
    answer = post(client, [["D1", "数据局"]])
    row = ImportUpload.objects.get()
    assert answer.url == reverse("branches:upload", args=[row.pk])
    text = client.get(answer.url).content.decode()
    assert "试运行：没有错误" in text
    assert "导入：新增1条，更改0条" in text
    assert not Unit.objects.filter(code="D1").exists()
    client.post(reverse("branches:upload_confirm", args=[row.pk]))
    assert Unit.objects.get(code="D1").name == "数据局"
    assert "已导入" in client.get(answer.url).content.decode()
    again = client.post(reverse("branches:upload_confirm", args=[row.pk]))
    assert again.status_code == 409


def test_errors_are_listed_with_row_column_value_and_cure(sign_in, office):
    client = sign_in(office)
    answer = post(client, [["D1", "数据局"], ["D1", "教育局"], ["", "卫健局"]])
    text = client.get(answer.url).content.decode()
    assert "有2处错误" in text
    assert "与第2行重复" in text
    assert 'class="error-value">D1<' in text
    assert "不超过20个字符" in text
    assert "导入：新增" not in text
    download = client.get(reverse("branches:upload_problems", args=[ImportUpload.objects.get().pk]))
    assert download["Content-Type"].startswith("application/vnd.openxmlformats")
    assert read_file("a.xlsx", download.content).rows[0][1][:3] == ["3", "单位编码", "D1"]


def test_refused_file_says_why_beside_its_kind(sign_in, office):
    client = sign_in(office)
    file = SimpleUploadedFile("表.exe", b"MZ")
    answer = client.post(reverse(IMPORTS), {"kind": "members", "file": file})
    assert answer.status_code == 422
    assert "“表.exe”不是可以读取的表格" in answer.content.decode()
    assert client.post(reverse(IMPORTS), {"kind": "units"}).status_code == 422
    unknown = client.post(reverse(IMPORTS), {"kind": "../x", "file": SimpleUploadedFile("a.csv", b"a\n1\n")})
    assert unknown.status_code == 404
    assert not ImportUpload.objects.exists()


def test_uploads_of_others_do_not_exist(sign_in, office):
    post(sign_in(office), [["D1", "数据局"]])
    pk = ImportUpload.objects.get().pk
    colleague = sign_in(appoint(make_user("office2"), Role.OFFICE))
    assert colleague.get(reverse("branches:upload", args=[pk])).status_code == 404
    assert colleague.post(reverse("branches:upload_confirm", args=[pk])).status_code == 404
    assert not Unit.objects.filter(code="D1").exists()


def test_owner_who_lost_the_office_cannot_confirm(sign_in, office):
    client = sign_in(office)
    post(client, [["D1", "数据局"]])
    office.appointments.all().delete()
    answer = client.post(reverse("branches:upload_confirm", args=[ImportUpload.objects.get().pk]))
    assert answer.status_code == 403
    assert not Unit.objects.filter(code="D1").exists()


@pytest.mark.parametrize("kind", ["units", "organizations", "branches", "members", "accounts", "earlier"])
def test_template_has_chinese_headings_and_an_example_that_is_never_imported(sign_in, office, kind):
    answer = sign_in(office).get(reverse("branches:template", args=[kind]))
    assert "filename*=utf-8''" in answer["Content-Disposition"]
    with pytest.raises(ImportRejected, match="没有数据"):
        read_file("模板.xlsx", answer.content)
    headings = [column.column_name for column in kinds()[kind]().columns]
    import io

    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(answer.content))
    assert [cell.value for cell in book.worksheets[0][1]] == headings
    assert [row[0].value for row in book["填写说明"].iter_rows(min_row=2, max_row=len(headings) + 1)] == headings


def test_exports_are_for_the_office_and_rolls_for_departments(sign_in, office, reviewer, secretary, authority):
    for kind in kinds():
        assert sign_in(office).get(reverse("branches:export", args=[kind, "csv"])).status_code == 200
    assert sign_in(reviewer).get(reverse("branches:export", args=["members", "xlsx"])).status_code == 200
    assert sign_in(reviewer).get(reverse("branches:export", args=["accounts", "xlsx"])).status_code == 403
    assert sign_in(secretary).get(reverse("branches:export", args=["members", "csv"])).status_code == 403
    assert sign_in(office).get(reverse("branches:export", args=["members", "exe"])).status_code == 404


def test_a_department_finds_the_roll_of_members_only(sign_in, reviewer):
    client = sign_in(reviewer)
    page = client.get(reverse(IMPORTS)).content.decode()
    assert ('id="members"' in page, 'id="units"' in page, 'id="accounts"' in page) == (True, False, False)
    assert post(client, [["D1", "数据局"]]).status_code == 403
    assert client.get(reverse("branches:template", args=["members"])).status_code == 200
    assert client.get(reverse("branches:template", args=["units"])).status_code == 403


def test_page_is_closed_to_others(sign_in, secretary, authority, sysadmin, secadmin, auditor, outsider):
    for user in (secretary, authority, sysadmin, secadmin, auditor, outsider):
        client = sign_in(user)
        assert client.get(reverse(IMPORTS)).status_code == 403
        assert post(client, [["D1", "数据局"]]).status_code == 403
        assert client.get(reverse("branches:template", args=["units"])).status_code == 403
    assert not User.objects.filter(username="D1").exists()
