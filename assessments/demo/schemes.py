"""The demonstration's schemes: the one in use, and three of the year before it, when sectors had schemes of their own.

The three are cut from the same file, so they check out for the same reasons: whole first-level indicators are left out.
"""

from typing import Any

from django.conf import settings

from ..schemes.files import read_scheme_yaml
from ..schemes.models import SchemeVersion
from ..schemes.services.drafts import import_scheme
from ..schemes.services.publishing import propose_scheme, publish_scheme
from .city import City

FILE = settings.BASE_DIR / "fixtures" / "schemes" / "demo-wuqiang.yaml"
NOTES = "演示用考评标准，由“五强”党支部量化考评标准（演示）删减而成，不是任何单位正式印发的文件。"
PILOT_NOTES = "演示用考评标准：在“五强”考评标准（演示）上增加自评、部门初审两项占比，不是任何单位正式印发的文件。"
YEAR = {"periods": ["H1", "H2"], "method": "mean", "missing": "block", "adjustments": "in_quarters"}
ENTERPRISE_BANDS = [
    {"stars": 5, "grade": "五星", "from": 72, "quota": {"max_share": "0.25", "within": "sector"}},
    {"stars": 4, "grade": "四星", "from": 64},
    {"stars": 3, "grade": "三星", "from": 0},
]


def publish(city: City, data: dict[str, Any]) -> SchemeVersion:
    """Import, propose and publish plain scheme data, each by whoever does it in the portal."""
    office = city.people["office1"]
    draft = import_scheme(data, actor=office)
    proposed = propose_scheme(version=draft, edition=draft.edition, actor=office)
    return publish_scheme(version=proposed, actor=city.people["authority2"])


def standing() -> dict[str, Any]:
    """The scheme of all sectors that is in use."""
    return read_scheme_yaml(FILE.read_bytes())


def of_organs(year: int) -> dict[str, Any]:
    """Organs, institutions and the retired: all indicators, 100 points."""
    name = "机关事业单位党支部考评标准（演示）"
    return _cut(f"{year}.1", "demo-jiguan", name, ["organ", "institution", "retired"], "123456")


def of_enterprises(year: int) -> dict[str, Any]:
    """Enterprises: without the poll's first-level indicator, 80 points and three bands of their own."""
    name = "企业党支部考评标准（演示）"
    cut = _cut(f"{year}.1", "demo-qiye", name, ["soe", "two_new"], "12456")
    return cut | {"full_marks": 80, "bands": ENTERPRISE_BANDS}


def of_schools(year: int) -> dict[str, Any]:
    """Schools and hospitals: all indicators, one place in five for five stars."""
    cut = _cut(f"{year}.1", "demo-xuexiao", "学校医院党支部考评标准（演示）", ["school", "hospital"], "123456")
    cut["bands"][0]["quota"]["max_share"] = "0.2"
    return cut


def of_pilot(year: int) -> dict[str, Any]:
    """The standing scheme with the self-assessment and the department's own marks as parts of the score."""
    parts = [("self", "0.1"), ("preliminary", "0.3"), ("review", "0.6")]
    components = [{"source": source, "weight": weight} for source, weight in parts]
    said = {"code": "demo-shidian", "version": f"{year}.1", "name": "“五强”党支部考评标准（试点，演示）"}
    return standing() | said | {"notes": PILOT_NOTES, "components": components}


def _cut(version: str, code: str, name: str, sectors: list[str], kept: str) -> dict[str, Any]:
    data = standing()
    tops = [top for top in data["indicators"] if top["code"] in kept]
    for top in tops:
        top["children"] = [_within(row, sectors) for row in top["children"] if _is_meant(row, sectors)]
    said = {"code": code, "version": version, "name": name, "notes": NOTES, "sectors": sectors, "year": YEAR}
    return data | said | {"indicators": tops}


def _is_meant(row: dict[str, Any], sectors: list[str]) -> bool:
    return not row.get("sectors") or bool(set(sectors) & set(row["sectors"]))


def _within(row: dict[str, Any], sectors: list[str]) -> dict[str, Any]:
    """The row without sectors that the scheme does not know; for all of them, no condition is left."""
    known = [sector for sector in row.get("sectors", ()) if sector in sectors]
    return {key: value for key, value in row.items() if key != "sectors"} | (
        {"sectors": known} if known and len(known) < len(sectors) else {}
    )
