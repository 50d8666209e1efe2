"""The demonstration city: what issue and README promise, from one seeding."""

import json
from collections import Counter

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django.utils import timezone

from assessments.cycles.models import Cycle, YearPlan
from assessments.cycles.scoping import ScopeBranch
from assessments.demo.city import PASSWORD
from assessments.inspections.models import Rectification, Visit
from assessments.inspections.scoping.candidates import preliminary_results
from assessments.polls.models import Poll
from assessments.results.earlier.models import EarlierResult
from assessments.results.models import Publication, Result, Tally
from assessments.results.notices.models import Notice, Objection
from assessments.results.trials.models import TrialRun
from assessments.schemes.loading import engine_scheme
from assessments.schemes.models import SchemeVersion
from assessments.scoring import check
from assessments.sheets.extending.models import Extension
from assessments.sheets.listing.models import ApprovalList
from assessments.sheets.listing.services import approve_list
from assessments.sheets.models import Claim, Evidence, EvidenceLink, Mark, Sheet
from assessments.sheets.restructuring.models import BranchChange
from branches.models import Branch, Organization, Unit
from branchportal import worker
from branchportal.models import AuditEntry
from members.models import Appointment, Member, User
from members.roles import Role

pytestmark = pytest.mark.django_db


def test_without_the_demonstration_setting_nothing_is_seeded(settings: object) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="PORTAL_DEMO=1"):
        call_command("demo")
    assert not Branch.objects.exists()


def test_the_city_is_whole(settings: object, capsys: pytest.CaptureFixture, client: object) -> None:
    settings.DEMO = True
    call_command("demo")
    printed = capsys.readouterr().out
    _tree()
    _scheme()
    _last_year()
    _year_of_sectors()
    _earlier_years()
    _running_year()
    _pilot()
    _traces()
    _accounts(printed, client)
    call_command("demo")
    assert Branch.objects.count() == 680  # a second start keeps what is there


def _tree() -> None:
    assert (Unit.objects.count(), Organization.objects.count(), Branch.objects.count()) == (75, 76, 680)
    assert 8_500 <= Member.objects.count() <= 9_500
    sectors = set(Branch.objects.values_list("sector__code", flat=True))
    assert sectors == {"organ", "institution", "soe", "school", "hospital", "two_new", "retired"}
    assert set(Appointment.objects.values_list("role", flat=True)) == set(Role.values)


def _scheme() -> None:
    scheme = engine_scheme(Cycle.objects.first().scheme_version)
    rows = {sector: scheme.sheet_leaves(sector) for sector in scheme.sectors}
    assert [len(leaves) for leaves in rows.values()] == [26] * 7
    assert {sum(leaf.points_up for leaf in leaves) for leaves in rows.values()} == {100_000_000}
    common = set.intersection(*(set(leaves) for leaves in rows.values()))
    assert len(common) == 23
    draft = SchemeVersion.objects.get(status="draft")
    assert check(draft.content) == []
    assert (draft.based_on.status, draft.edits.count()) == ("published", 3)
    assert (TrialRun.objects.get().version, TrialRun.objects.get().branch_count) == (draft, 680)
    assert sum(any(leaf.sectors == (sector,) for leaf in leaves) for sector, leaves in rows.items()) == 5


def _last_year() -> None:
    annual = Tally.objects.filter(cycle=None, status="published").order_by("plan__year").last()
    assert (annual.status, annual.undecided_count) == ("published", 0)
    assert Publication.objects.get(tally=annual).published_by.username == "authority1"
    stars = Counter(annual.results.values_list("stars", flat=True))
    assert all(stars[number] > 0 for number in (1, 2, 3, 4, 5))
    statuses = Counter(annual.results.values_list("status", flat=True))
    assert statuses["missing"] > 0
    assert statuses["exempt"] == 3
    assert annual.results.filter(is_vetoed=True).exists()


def _year_of_sectors() -> None:
    """The year before: three schemes, one tally over all, a drawn sample, then candidates, the others by list."""
    annual = Tally.objects.filter(cycle=None, status="published").order_by("plan__year").first()
    plan = annual.plan
    assert (len(plan.versions), annual.version_count, annual.results.count()) == (3, 3, 680)
    assert not annual.results.exclude(rank_all=None).exists()
    assert annual.results.filter(stars=5, sector__code="soe", total_up__lte=90_000_000).exists()
    first, second = Cycle.objects.filter(plan=plan).order_by("starts_on")
    assert (first.review_scope, second.review_scope) == ("sample", "candidates")
    for cycle in (first, second):
        inside = set(ScopeBranch.objects.filter(cycle=cycle).values_list("branch_id", flat=True))
        ends = Counter(cycle.approval_lists.values_list("status", flat=True))
        assert ends == {"withdrawn": 1, "approved": 3}
        listed = Sheet.objects.filter(cycle=cycle, listings__status="approved")
        assert inside.isdisjoint(listed.values_list("branch_id", flat=True))
        sealed = Sheet.objects.filter(cycle=cycle, status="sealed")
        assert listed.count() + sealed.filter(branch__in=inside).count() == sealed.count() == 675
        assert not listed.exclude(begun_at=None).exists()
        assert cycle.approval_lists.filter(rows__status="refused").count() == 1
    some = Sheet.objects.filter(cycle=second).exclude(status="exempt").exclude(claims__status="refused")
    some = some.order_by("branch__code")[:300:15]
    basis = {code: (total, stars) for code, total, stars in json.loads(second.scope.basis)}
    for found in preliminary_results([sheet.pk for sheet in some]):
        assert basis[found.code] == (found.total_up, found.stars)


def _earlier_years() -> None:
    first = Tally.objects.filter(cycle=None).order_by("plan__year").values_list("plan__year", flat=True)[0]
    counts = Counter(EarlierResult.objects.values_list("year", flat=True))
    assert counts == dict.fromkeys((first - 3, first - 2, first - 1), 680)
    assert set(EarlierResult.objects.values_list("upload__owner__username", "upload__status")) == {("office1", "done")}
    assert Result.objects.filter(tally__cycle=None, previous_stars__isnull=False).exists()


def _running_year() -> None:
    this_year = Cycle.objects.filter(plan__year=YearPlan.objects.order_by("-year")[1].year)
    shown, finished, running = this_year.filter(status="open").order_by("starts_on")
    _states(shown, running)
    assert finished.purpose == "rating"
    waiting = Tally.objects.get(cycle=finished)
    assert waiting.status == "candidate"
    tied = Result.objects.filter(tally=waiting, status="undecided")
    assert tied.count() == waiting.undecided_count >= 2
    assert len(set(tied.values_list("total_up", "sector"))) < tied.count()
    found = set(Sheet.objects.filter(cycle=running).values_list("status", flat=True))
    assert found == {"draft", "submitted", "passed", "review", "approved", "returned", "exempt"}


def _pilot() -> None:
    """Beside the running quarter: departments' marks that count, and two lists waiting for approval."""
    cycle = Cycle.objects.get(name__endswith="试点")
    scheme = engine_scheme(cycle.scheme_version)
    assert [part.source for part in scheme.components] == ["self", "preliminary", "review"]
    assert (cycle.review_scope, cycle.sheets.exclude(status="exempt").count()) == ("sample", 62)
    waiting = ApprovalList.objects.filter(cycle=cycle)
    assert set(waiting.values_list("status", "prepared_by__username")) == {
        ("prepared", "leader2"),
        ("prepared", "office1"),
    }
    listed = Sheet.objects.filter(listings__approval_list__in=waiting)
    assert set(listed.values_list("status", flat=True)) == {"passed"}
    assert not ScopeBranch.objects.filter(cycle=cycle, branch__in=listed.values("branch")).exists()
    passed, leaves = listed.first(), scheme.sheet_leaves(listed.first().sector.code)
    own = dict(passed.marks.filter(stage="self").values_list("indicator__code", "points_up"))
    given = dict(passed.marks.filter(stage="preliminary").values_list("indicator__code", "points_up"))
    assert set(given) == set(own) == {leaf.code for leaf in leaves if leaf.rule not in ("poll", "external")}
    rows = AuditEntry.objects.filter(action="sheet.preliminary_mark_entered")
    entered = {(row.object_id, row.after["indicator"]): row.after["points_up"] for row in rows}
    stored = Mark.objects.filter(stage="preliminary", reason__gt="")
    assert entered.items() >= {
        ((m.sheet_id, m.indicator.code), m.points_up) for m in stored.select_related("indicator")
    }
    approve_list(actor=User.objects.get(username="authority1"), listed=waiting.get(prepared_by__username="leader2"))
    worker.run_due_here()
    outcome = Counter(waiting.get(status="approved").rows.values_list("status", flat=True))
    assert (set(outcome), outcome["approved"] > 5) == ({"approved"}, True)


def _states(shown: Cycle, running: Cycle) -> None:
    """Each state that the procedure knows can be seen somewhere."""
    notice = Notice.objects.get(publication__tally__cycle=shown)
    assert (notice.publication.status, notice.begun_at <= timezone.now() < notice.ends_at) == ("notice", True)
    assert sorted(notice.objections.values_list("status", "channel")) == [("open", "portal"), ("open", "telephone")]
    assert Objection.objects.filter(status="upheld", reopening__revision__status="sealed").count() == 1
    assert Publication.objects.filter(tally__cycle=None, status__in=["published", "superseded"]).exists()
    assert Result.objects.filter(is_vetoed=True, tally__cycle=None).exists()
    assert set(Poll.objects.filter(cycle=running).values_list("status", flat=True)) >= {"closed", "open", "entered"}
    assert set(Visit.objects.values_list("status", flat=True)) >= {"planned", "in_progress", "signed", "postponed"}
    assert set(Rectification.objects.values_list("status", flat=True)) >= {"open", "answered", "closed"}
    assert set(Extension.objects.values_list("status", flat=True)) >= {"asked", "granted"}
    assert set(BranchChange.objects.values_list("kind", "status")) == {("merged", "granted")}


def _traces() -> None:
    types = set(Evidence.objects.values_list("content_type", flat=True))
    assert types == {"application/pdf", "image/jpeg"}
    assert not EvidenceLink.objects.exclude(evidence__branch=F("sheet__branch")).exists()
    approved = Sheet.objects.filter(status__in=["approved", "sealed", "superseded"]).values_list("pk", flat=True)
    entries = AuditEntry.objects.filter(object_type="assessments.sheet", action="sheet.approved")
    assert set(entries.values_list("object_id", flat=True)) == set(approved)

    made = Counter(AuditEntry.objects.values_list("action", flat=True))
    assert (made["branch.created"], made["member.added"]) == (680, Member.objects.count())
    assert made["claim.added"] + made["claim.recorded"] == Claim.objects.filter(sheet__revision=1).count()


def _accounts(printed: str, client: object) -> None:
    assert PASSWORD in printed
    for username in ("s00101", "d00101", "c001", "inspector21", "leader2", "office1", "authority1"):
        assert username in printed
        assert User.objects.get(username=username).check_password(PASSWORD)
