"""Reports and files with a published tally: accessible at both widths; a file is asked for, made and downloaded."""

import re
import zipfile
from collections.abc import Callable

from playwright.sync_api import Page

from assessments.cycles.models import Cycle
from assessments.results.models import Tally
from branchportal import worker
from branchportal.celery import app
from members.models import User
from tests.conftest import City
from tests.factories.results import BEST, make_approved, make_tally

from .conftest import DESKTOP, PHONE, check_fits


def test_reports_are_made_and_taken_away(
    city: City, inspector: User, office: User, open_as: Callable[..., Page], check_accessible: Callable
) -> None:
    app.loader.import_default_modules()
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="rating")
    for points, sheet in zip((10, 9), (city.sheet, city.far_sheet), strict=True):
        make_approved(sheet, inspector, marks=BEST, points=points)
    Tally.objects.filter(pk=make_tally(city.cycle, office).pk).update(status="published")

    page = open_as(office, "/reports/")
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        check_fits(page)
        check_accessible(page)
    page.get_by_role("button", name="打包下载全部4份报告").click()
    page.wait_for_url(re.compile(r"/tasks/\d+/$"))
    assert worker.run_due_here() == 1
    with page.expect_download() as waiting:
        page.get_by_role("link", name=re.compile(r"\.zip$")).click()
    with zipfile.ZipFile(waiting.value.path()) as archive:
        assert len(archive.namelist()) == 5
        assert archive.testzip() is None
