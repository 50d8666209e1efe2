"""Next year's scheme as a draft, so that designer, comparison, preview and trial have something to show."""

import copy

from ..schemes.models import SchemeVersion
from ..schemes.services.drafts import save_draft, start_draft
from .city import City


def add_draft(city: City, version: SchemeVersion, year: int) -> SchemeVersion:
    """A draft of `year`: a point moved from reports to organization, a higher line and fewer places for five stars."""
    draft = start_draft(source=version, number=f"{year}.1", actor=city.people["office1"])
    content = copy.deepcopy(draft.content)
    rows = {row["code"]: row for row in next(top for top in content["indicators"] if top["code"] == "4")["children"]}
    rows["4.5"]["points"], rows["4.1"]["points"] = 3, 6
    rows["4.5"]["criteria"][0] |= {"points": 1, "max": 1}
    draft = _save(draft, content, "4.5 计划总结由4分改为3分，4.1 组织设置与按期换届由5分改为6分")
    content = copy.deepcopy(draft.content)
    content["bands"][0] |= {"from": 92, "quota": {"max_share": "0.25", "within": "sector"}}
    return _save(draft, content, "五星分数线由90分提高到92分，比例由30%降为25%")


def _save(draft: SchemeVersion, content: dict, summary: str) -> SchemeVersion:
    return save_draft(version=draft, edition=draft.edition, content=content, summary=summary, actor=draft.created_by)
