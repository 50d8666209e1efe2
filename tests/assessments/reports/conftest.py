"""A tally of the small city: four branches, a rating cycle, one sheet late, names that try to be formulas."""

import io
from datetime import date

import pypdf
import pytest

from assessments.cycles.models import Cycle, YearPlan
from assessments.results.models import Tally
from assessments.results.services.publishing import prepare_publication, publish
from assessments.results.services.tally import run_tally
from branches.models import Branch
from branchportal import worker
from branchportal.celery import app
from branchportal.models import Job
from tests.factories.assessments import make_cycle, make_sheet
from tests.factories.results import BEST, make_approved, make_tally


@pytest.fixture
def tally(city, inspector, office) -> Tally:
    """A candidate: 99.00 with a bonus, 96.00, 95.00; the last branch has no approved sheet."""
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="rating")
    Branch.objects.filter(pk=city.sibling.pk).update(name="=1+1党支部", code="000012345678")
    bonus = {"kind": "bonus", "item_code": "B1", "level": "市级", "matter": "先进", "document": "市委〔2026〕1号"}
    make_approved(city.sheet, inspector, marks=BEST, points=10, claims=(bonus,))
    make_approved(city.sibling_sheet, inspector, marks=BEST, points=9)
    make_approved(city.far_sheet, inspector, marks=BEST, points=8)
    return make_tally(city.cycle, office)


@pytest.fixture
def year(tally, city, inspector, office) -> Tally:
    """The year of four quarters: the tally above as the last, three earlier ones of the first branch alone."""
    for number in (1, 2, 3):
        cycle = make_cycle(city.scheme, period=f"Q{number}", starts_on=date(2026, 3 * number - 2, 1))
        make_approved(make_sheet(cycle, city.branch), inspector, marks=BEST, points=7 + number)
        make_tally(cycle, office)
    return run_tally(actor=office, plan=YearPlan.objects.select_related("scheme_version__scheme").get())


@pytest.fixture
def published(tally, office, authority) -> Tally:
    publication = prepare_publication(
        tally=tally,
        actor=office,
        digest=tally.digest,
        title="评星结果",
        document_number="市直党工〔2026〕18号",
        note="第四个党支部评分表未审定。",
    )
    publish(publication=publication, actor=authority)
    tally.refresh_from_db()
    return tally


@pytest.fixture
def work():
    """`work(job)`: run what is due until nothing is, and return the job as it then stands."""

    def run(job: Job) -> Job:
        app.loader.import_default_modules()
        while worker.run_due_here():
            pass
        job.refresh_from_db()
        return job

    return run


@pytest.fixture
def content(settings):
    """`content(job)`: the bytes that a finished job offers."""

    def read(job: Job) -> bytes:
        assert job.status == Job.Status.DONE, job.message
        return (settings.MEDIA_ROOT / job.file_path).read_bytes()

    return read


@pytest.fixture
def pdf_text():
    """`pdf_text(bytes)`: pages and text without spaces and line ends."""

    def read(found: bytes) -> tuple[int, str]:
        pages = pypdf.PdfReader(io.BytesIO(found)).pages
        return len(pages), "".join("".join(page.extract_text().split()) for page in pages)

    return read
