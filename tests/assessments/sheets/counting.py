"""A city whose scheme counts the preliminary review: one row of ten points, 自评 10 %, 初审 30 %, 考评 60 %."""

from assessments.cycles.models import Cycle, YearPlan
from assessments.sheets.models import Sheet
from tests.conftest import City
from tests.factories.schemes import make_scheme

COMPONENTS = [
    {"source": "self", "weight": "0.1"},
    {"source": "preliminary", "weight": "0.3"},
    {"source": "review", "weight": "0.6"},
]
ONE_ROW = [
    {
        "code": "1",
        "name": "组织建设",
        "points": 10,
        "children": [{"code": "1.1", "name": "组织生活", "points": 10, "rule": "entry"}],
    }
]
TEN = {
    "full_marks": 10,
    "indicators": ONE_ROW,
    "bands": [{"stars": 5, "grade": "五星", "from": 9}, {"stars": 0, "grade": "不定星", "from": 0}],
}


def count_preliminary(city: City, **changes: object) -> City:
    """The city's year under the small scheme (or `changes` of it) with the three components."""
    city.scheme = make_scheme(version="2", components=COMPONENTS, **changes)
    YearPlan.objects.update(scheme_version=city.scheme)
    Sheet.objects.update(scheme_version=city.scheme)
    city.cycle = Cycle.objects.get(pk=city.cycle.pk)
    city.sheet = Sheet.objects.get(pk=city.sheet.pk)
    return city
