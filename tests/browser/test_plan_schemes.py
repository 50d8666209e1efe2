"""The office gives one sector a scheme of its own on the page of a year plan, at both widths."""

import pytest
from playwright.sync_api import expect

from assessments.cycles.models import YearPlan
from tests.factories.branches import make_sector
from tests.factories.schemes import make_scheme

from .conftest import DESKTOP, PHONE, check_fits


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_sector_gets_its_own_scheme(city, office, open_as, check_accessible, size):
    village = make_sector("village", "村")
    rural = make_scheme(code="rural", name="村党组织考评标准", sectors=["village"])
    page = open_as(office, "/cycles/plans/new/", size=size)
    page.select_option("#id_scheme_version", str(city.scheme.pk))
    page.click("summary:has-text('分领域适用考评标准')")
    field = page.get_by_label("村", exact=True)
    expect(field).to_be_visible()
    check_fits(page)
    check_accessible(page)
    field.select_option(str(rural.pk))
    page.click("main button.btn-primary")
    expect(page.get_by_text("村: 村党组织考评标准 1")).to_be_visible()
    check_fits(page)
    assert YearPlan.objects.latest("year").version_for(village.pk) == rural
