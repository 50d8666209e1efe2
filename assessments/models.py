"""The models of all rooms, gathered for Django."""

from .cycles.models import Assignment, Cycle, Step, Team, TeamMembership, YearPlan
from .results.earlier.models import EarlierResult
from .results.models import Publication, QuotaDecision, QuotaLine, Result, SectorMedian, Tally
from .results.trials.models import TrialRow, TrialRun
from .schemes.models import Criterion, Indicator, Scheme, SchemeVersion
from .sheets.models import Claim, ComponentScore, Evidence, EvidenceLink, Mark, MarkCount, Remark, Sheet, WorkbookUpload

__all__ = [
    "Assignment",
    "Claim",
    "ComponentScore",
    "Criterion",
    "Cycle",
    "EarlierResult",
    "Evidence",
    "EvidenceLink",
    "Indicator",
    "Mark",
    "MarkCount",
    "Publication",
    "QuotaDecision",
    "QuotaLine",
    "Remark",
    "Result",
    "Scheme",
    "SchemeVersion",
    "SectorMedian",
    "Sheet",
    "Step",
    "Tally",
    "Team",
    "TeamMembership",
    "TrialRow",
    "TrialRun",
    "WorkbookUpload",
    "YearPlan",
]
