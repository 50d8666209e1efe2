"""The models of all rooms, gathered for Django."""

from .cycles.models import Assignment, Cycle, PlanScheme, Step, Team, TeamMembership, YearPlan
from .cycles.scoping import ReviewScope, ScopeBranch
from .inspections.models import Finding, Rectification, Visit, VisitCheck, VisitFile, VisitPlan
from .polls.models import (
    Comment,
    Counter,
    Meeting,
    Miss,
    Option,
    Poll,
    PollForm,
    Question,
    Roster,
    Scan,
    Token,
    VoterGroup,
    YearFact,
)
from .reminders.models import Mail, Message
from .results.earlier.models import EarlierResult
from .results.models import Publication, QuotaDecision, QuotaLine, Result, SectorMedian, Tally
from .results.notices.models import CommitteeMeeting, Consultation, ConsultationReply, Notice, Objection
from .results.trials.models import TrialRow, TrialRun
from .results.year_facts import TallyFact
from .schemes.models import Criterion, Indicator, Scheme, SchemeVersion
from .sheets.extending.models import Extension
from .sheets.listing.models import ApprovalList, ListedSheet
from .sheets.models import Claim, ComponentScore, Evidence, EvidenceLink, Mark, MarkCount, Remark, Sheet, WorkbookUpload
from .sheets.reopening.models import ReopenedIndicator, Reopening
from .sheets.restructuring.models import BranchChange
from .sheets.stamping.models import StampedForm

__all__ = [
    "ApprovalList",
    "Assignment",
    "BranchChange",
    "Claim",
    "Comment",
    "CommitteeMeeting",
    "ComponentScore",
    "Consultation",
    "ConsultationReply",
    "Counter",
    "Criterion",
    "Cycle",
    "EarlierResult",
    "Evidence",
    "EvidenceLink",
    "Extension",
    "Finding",
    "Indicator",
    "ListedSheet",
    "Mail",
    "Mark",
    "MarkCount",
    "Meeting",
    "Message",
    "Miss",
    "Notice",
    "Objection",
    "Option",
    "PlanScheme",
    "Poll",
    "PollForm",
    "Publication",
    "Question",
    "QuotaDecision",
    "QuotaLine",
    "Rectification",
    "Remark",
    "ReopenedIndicator",
    "Reopening",
    "Result",
    "ReviewScope",
    "Roster",
    "Scan",
    "Scheme",
    "SchemeVersion",
    "ScopeBranch",
    "SectorMedian",
    "Sheet",
    "StampedForm",
    "Step",
    "Tally",
    "TallyFact",
    "Team",
    "TeamMembership",
    "Token",
    "TrialRow",
    "TrialRun",
    "Visit",
    "VisitCheck",
    "VisitFile",
    "VisitPlan",
    "VoterGroup",
    "WorkbookUpload",
    "YearFact",
    "YearPlan",
]
