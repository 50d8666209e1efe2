"""Next year's scheme as a draft, so that designer, comparison, preview and trial have something to show."""

import copy

from branchportal import worker

from ..cycles.models import YearPlan
from ..results.models import Tally
from ..results.trials.computing import Basis
from ..results.trials.models import TrialRun
from ..results.trials.services import request_trial
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


def try_draft(city: City, draft: SchemeVersion, plan: YearPlan) -> TrialRun:
    """The draft on the marks of a whole year, as office1 asked for it; not inside a transaction."""
    tally = Tally.objects.filter(plan=plan, cycle=None, status=Tally.Status.PUBLISHED).first()
    trial = request_trial(actor=city.people["office1"], version=draft, basis=Basis(plan, None, tally))
    worker.run_due_here()
    trial.refresh_from_db()
    return trial


def _save(draft: SchemeVersion, content: dict, summary: str) -> SchemeVersion:
    return save_draft(version=draft, edition=draft.edition, content=content, summary=summary, actor=draft.created_by)
