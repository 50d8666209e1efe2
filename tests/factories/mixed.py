"""A year in which one sector is scored under a scheme of its own: fewer indicators, other full marks and bands."""

import numpy as np
from django.utils import timezone

from assessments.cycles.models import PlanScheme, YearPlan
from assessments.schemes.models import Scheme as SchemeRow
from assessments.schemes.models import SchemeVersion
from assessments.scoring import BranchFacts, Scheme, layout_of
from assessments.sheets.freezing import Input, freeze_many
from assessments.sheets.models import Sheet
from branches.models import Sector
from branchportal import guards

from . import many


def other_data(within: str = "sector") -> dict:
    """The five first of the six first-level indicators of `many.scheme_data`: 80 points, two bands."""
    said = many.scheme_data()
    bands = [
        {"stars": 5, "grade": "优秀", "from": 72, "quota": {"max_share": "0.2", "within": within}},
        {"stars": 3, "grade": "合格", "from": 0},
    ]
    review = [{"source": "review", "weight": 1}]
    return said | {
        "code": "other", "name": "其他领域考评标准", "full_marks": 80, "indicators": said["indicators"][:5],
        "bands": bands, "components": review,
    }  # fmt: skip


def make_version(within: str = "sector") -> SchemeVersion:
    """The published version of `other_data`."""
    scheme = SchemeRow.objects.create(code="other", name="其他领域考评标准")
    content = Scheme.from_data(other_data(within)).to_data()
    return SchemeVersion.objects.create(
        scheme=scheme, version="1", name=scheme.name, content=content, digest=f"other-{within}", status="published",
        published_at=timezone.now(),
    )  # fmt: skip


def give_sector(plan: YearPlan, sector: Sector, version: SchemeVersion) -> None:
    """The sector's scheme in the year, whatever has begun."""
    PlanScheme.objects.create(plan=plan, sector=sector, scheme_version=version)
    YearPlan.objects.filter(pk=plan.pk).update(is_by_sector=True)
    plan.refresh_from_db()


def make_mixed(made: many.Many, sector: Sector, version: SchemeVersion) -> None:
    """The approved sheets of a sector sealed anew under `version`, with marks of their own."""
    give_sector(made.cycle.plan, sector, version)
    rows = Sheet.objects.filter(cycle=made.cycle, sector=sector).select_related("branch", "organization", "sector")
    sheets = list(rows.order_by("branch__code"))
    layout = layout_of(Scheme.from_data(version.content))
    marks, given = many._marks(layout, np.random.default_rng(7), len(sheets))
    with guards.lifted():
        for at, sheet in enumerate(sheets):
            facts = BranchFacts(sheet.branch.code, sector.code, sheet.organization.code)
            item = Input(facts, marks[at], given[at], [])
            sealed = freeze_many(version, f"{made.cycle.plan.year}{many.PERIOD}", [item])[0]
            Sheet.objects.filter(pk=sheet.pk).update(scheme_version=version, **sealed.columns)
