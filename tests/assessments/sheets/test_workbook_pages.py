"""The pages of entry workbooks through the client: buttons, download, upload, comparison, taking over; queries."""

from urllib.parse import unquote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from assessments.sheets.models import Mark, Sheet, WorkbookUpload
from assessments.sheets.services import workbook as services
from assessments.sheets.services import workbook_files as files
from assessments.sheets.views import workbook as views
from branchportal.models import Job
from members.roles import Role
from tests.factories.assessments import make_marks, make_sheet
from tests.factories.branches import make_branch
from tests.factories.members import appoint, make_user

from .workbooks import ENTRIES, cell, fill_in, opened, saved

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def clerk(city):
    return appoint(make_user("clerk", name="陈干事"), Role.DEPUTY, organization=city.committee)


def upload_of(client, content: bytes, name="填报表.xlsx"):
    return client.post("/sheets/workbooks/", {"file": SimpleUploadedFile(name, content, XLSX)})


def filled(client, city, entries=ENTRIES):
    book = opened(client.get(f"/sheets/{city.sheet.pk}/workbook/").content)
    fill_in(book.worksheets[0], entries)
    return saved(book)


def test_the_sheet_and_the_list_lead_to_the_workbooks(city, sign_in, secretary):
    client = sign_in(secretary)
    page = client.get(f"/sheets/{city.sheet.pk}/").content.decode()
    assert f'href="/sheets/{city.sheet.pk}/workbook/"' in page
    assert "下载填报表" in page
    assert "上传填报表" in page
    assert 'href="/sheets/workbooks/"' in client.get("/sheets/").content.decode()


def test_the_download_has_its_chinese_name(city, sign_in, secretary):
    answer = sign_in(secretary).get(f"/sheets/{city.sheet.pk}/workbook/")
    assert (answer.status_code, answer["Content-Type"]) == (200, XLSX)
    name = unquote(answer["Content-Disposition"])
    assert name == f"attachment; filename*=utf-8''2026年第4季度自评填报表-{city.branch.name}.xlsx"


@pytest.mark.parametrize(("person", "page", "workbook"), [
    ("secretary", 200, 200), ("deputy", 200, 200), ("neighbour", 200, 404), ("reviewer", 403, 404),
    ("office", 403, 404), ("auditor", 403, 404), ("outsider", 403, 404),
])  # fmt: skip
def test_who_gets_the_page_and_the_workbook(city, sign_in, request, person, page, workbook):
    client = sign_in(request.getfixturevalue(person))
    assert client.get("/sheets/workbooks/").status_code == page
    assert client.get(f"/sheets/{city.sheet.pk}/workbook/").status_code == workbook


def test_a_reviewer_sees_a_submitted_sheet_and_gets_no_workbook_of_it(city, sign_in, reviewer):
    Sheet.objects.filter(pk=city.sheet.pk).update(status="submitted", submitted_at=timezone.now())
    answer = sign_in(reviewer).get(f"/sheets/{city.sheet.pk}/workbook/")
    assert answer.status_code == 403
    assert "只有本支部可以填写自评表" in answer.content.decode()


def test_the_whole_way_without_script(city, sign_in, secretary):
    client = sign_in(secretary)
    answer = upload_of(client, filled(client, city))
    upload = WorkbookUpload.objects.get()
    assert answer.url == f"/sheets/workbooks/{upload.pk}/"
    page = client.get(answer.url).content.decode()
    assert page.count('name="row"') == page.count(" checked>") == 6
    assert "记录不规范 2 次" in page
    assert upload.file_name in client.get("/sheets/workbooks/").content.decode()
    rows = [f"{city.sheet.pk}:0:{code}" for code in ("1.1", "2.2")]
    done = client.post(f"{answer.url}take-over/", {"row": rows, "page": "1"}, follow=True)
    text = done.content.decode()
    assert "已写入2行。 尚未提交。" in text
    assert "已写入： 1.1、2.2" in text
    assert {mark.indicator.code for mark in Mark.objects.select_related("indicator")} == {"1.1", "2.2"}
    again = client.post(f"{answer.url}take-over/", {"row": rows, "page": "1"}, follow=True).content.decode()
    assert "有2行未写入" in again
    assert Mark.objects.count() == 2
    assert client.post(f"{answer.url}finish/", follow=True).redirect_chain == [("/sheets/", 302)]
    assert "本次上传已结束" in client.get(answer.url).content.decode()
    assert client.post(f"{answer.url}take-over/", {"row": rows}).status_code == 409


def test_nothing_ticked_takes_nothing_over(city, sign_in, secretary):
    client = sign_in(secretary)
    url = upload_of(client, filled(client, city)).url
    assert "没有勾选任何一行" in client.post(f"{url}take-over/", {"page": "x"}, follow=True).content.decode()
    assert not Mark.objects.exists()


@pytest.mark.parametrize("row", ["", "::", "x:0:1.1", "0:0:1.1", "9" * 30 + ":0:1.1", "1:-1:1.1", "1:0:9.9", "1"])
def test_junk_in_the_form_is_no_fault(city, sign_in, secretary, row):
    client = sign_in(secretary)
    url = upload_of(client, filled(client, city)).url
    row = row.replace("1:", f"{city.sheet.pk}:", 1) if row.startswith("1:") else row
    assert client.post(f"{url}take-over/", {"row": [row]}).status_code == 302
    assert not Mark.objects.exists()


def test_problems_are_listed_with_worksheet_and_cell(city, sign_in, secretary):
    client = sign_in(secretary)
    answer = upload_of(client, filled(client, city, {("2.2", "得分"): 99, ("1.1", "a"): "两"}))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "填报表有2处问题。 没有写入任何内容。" in page
    book = opened(client.get(f"/sheets/{city.sheet.pk}/workbook/").content)
    assert cell(book.worksheets[0], "2.2", "得分").coordinate in page
    assert "99" in page


@pytest.mark.parametrize(("files_", "said"), [
    ({}, "请先选择文件"),
    ({"file": SimpleUploadedFile("表.xlsx", b"")}, "空"),
    ({"file": SimpleUploadedFile("表.xlsx", b"x" * (5 * 1024 * 1024 + 1))}, "5 MB"),
    ({"file": SimpleUploadedFile("表.xls", b"\xd0\xcf\x11\xe0" + b"x" * 100)}, ".xls"),
])  # fmt: skip
def test_a_file_that_is_no_workbook_is_refused(city, sign_in, secretary, files_, said):
    answer = sign_in(secretary).post("/sheets/workbooks/", files_)
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_an_upload_of_somebody_else_is_not_there(city, sign_in, secretary, deputy):
    client = sign_in(secretary)
    url = upload_of(client, filled(client, city)).url
    other = sign_in(deputy)
    assert other.get(url).status_code == 404
    assert other.post(f"{url}take-over/").status_code == 404
    assert other.post(f"{url}finish/").status_code == 404


def test_a_clerk_downloads_all_branches_and_compares_them_page_by_page(city, sign_in, clerk, monkeypatch):
    client = sign_in(clerk)
    assert "2个党支部" in client.get("/sheets/workbooks/").content.decode()
    answer = client.post("/sheets/workbooks/download/", {"cycle": city.cycle.pk})
    book = opened(answer.content)
    for page in book.worksheets[1:]:
        fill_in(page, ENTRIES)
    monkeypatch.setattr(views, "BRANCHES_A_PAGE", 1)
    url = upload_of(client, saved(book)).url
    first, second = (client.get(f"{url}?page={number}").content.decode() for number in (1, 2))
    assert (city.branch.name in first, city.sibling.name in first) == (True, False)
    assert city.sibling.name in second
    rows = [f"{city.sibling_sheet.pk}:0:{code}" for code in ("1.1", "2.2")]
    done = client.post(f"{url}take-over/", {"row": rows, "page": "2"})
    assert done.url == f"{url}?page=2"
    assert {mark.sheet_id for mark in Mark.objects.all()} == {city.sibling_sheet.pk}


def test_branches_without_a_difference_are_named_in_one_line(city, sign_in, clerk):
    client = sign_in(clerk)
    book = opened(client.post("/sheets/workbooks/download/", {"cycle": city.cycle.pk}).content)
    fill_in(book.worksheets[2], {("2.2", "得分"): 8})
    page = client.get(upload_of(client, saved(book)).url).content.decode()
    assert page.count('name="row"') == page.count("<table") == 1
    assert f'没有差异，与平台内容一致。 <span class="text-secondary">{city.branch.name}</span>' in page


def test_too_many_branches_for_one_workbook_go_to_a_task(city, sign_in, clerk, monkeypatch):
    monkeypatch.setattr(files, "MOST_SHEETS", 1)
    answer = sign_in(clerk).post("/sheets/workbooks/download/", {"cycle": city.cycle.pk})
    assert answer.url == f"/tasks/{Job.objects.get().pk}/"


@pytest.mark.parametrize("cycle", ["", "x", "0", "99999"])
def test_a_cycle_that_is_not_there_is_not_found(city, sign_in, secretary, cycle):
    assert sign_in(secretary).post("/sheets/workbooks/download/", {"cycle": cycle}).status_code == 404


@pytest.mark.parametrize("branches", [0, 3])
def test_pages_take_the_same_queries_for_one_branch_and_many(city, sign_in, clerk, branches, django_assert_num_queries):
    Sheet.objects.filter(pk=city.sibling_sheet.pk).delete()
    for number in range(branches):
        branch = make_branch(city.committee, f"第{number + 3}党支部", sector=city.branch.sector)
        make_marks(make_sheet(city.cycle, branch), clerk)
    client = sign_in(clerk)
    book = opened(client.post("/sheets/workbooks/download/", {"cycle": city.cycle.pk}).content)
    for page in book.worksheets:
        if page.title != "目录":
            fill_in(page, ENTRIES | {("2.2", "得分"): 1})
    url = upload_of(client, saved(book)).url
    with django_assert_num_queries(5):  # session, user, appointments, open sheets, uploads
        client.get("/sheets/workbooks/")
    with django_assert_num_queries(6):  # session, user, appointments, the upload, its sheets, their marks
        client.get(url)


def test_an_expired_upload_says_so(city, sign_in, secretary):
    client = sign_in(secretary)
    url = upload_of(client, filled(client, city)).url
    WorkbookUpload.objects.update(expires_at=timezone.now())
    assert "本次上传已结束或过期" in client.get(url).content.decode()
    assert client.post(f"{url}take-over/", {"row": [f"{city.sheet.pk}:0:1.1"]}).status_code == 409
    assert services.expire_uploads() == 0
