"""Visits in progress and signed, a finding, a rectification of the branch's turn and one that waits, with files."""

from datetime import timedelta

from django.utils import timezone

from assessments.cycles.models import Cycle, Team
from assessments.inspections.choices import RectificationStatus, VisitStatus
from assessments.inspections.models import Finding, Rectification, Visit, VisitFile, VisitPlan
from assessments.inspections.services.files import stored_path
from branches.models import Branch
from members.models import User


def add_visits(branch: Branch, cycle: Cycle, secretary: User, office: User) -> dict[str, int]:
    """Keys by name for one branch, whose plans hold its own visits only; the team is the one that reviews it."""
    now, today = timezone.now(), timezone.localdate()
    team = Team.objects.filter(assignments__cycle=cycle, assignments__branch=branch).first()
    kept = {}
    for status in (VisitStatus.PLANNED, VisitStatus.IN_PROGRESS, VisitStatus.SIGNED):
        plan = VisitPlan.objects.create(
            cycle=cycle, name=f"考察{branch.pk}{status}", starts_on=today, ends_on=today, made_by=office, made_at=now
        )
        visit = Visit.objects.create(
            plan=plan, branch=branch, organization=branch.organization, team=team, visited_on=today,
            present_name="某书记", course="座谈",
        )  # fmt: skip
        file = _file(visit=visit, uploaded_by=office)
        problem = Finding.objects.create(
            branch=branch, organization=branch.organization, cycle=cycle, visit=visit, problem="记录不完整",
            due_on=today + timedelta(days=9), found_by=office, found_at=now,
        )  # fmt: skip
        signed = {"signed_by": office, "signed_at": now, "digest": "0" * 64} if status == VisitStatus.SIGNED else {}
        Visit.objects.filter(pk=visit.pk).update(status=status, **signed)
        kept |= {f"visit {status}": visit.pk, f"visit file {status}": file.pk, f"finding {status}": problem.pk}
        kept[f"visit plan {status}"] = plan.pk
        if status == VisitStatus.SIGNED:
            kept["rectification"] = _rectification(problem, secretary).pk
    other = Finding.objects.create(
        branch=branch, organization=branch.organization, cycle=cycle, problem="佐证日期有误", source="review",
        due_on=today, found_by=office, found_at=now,
    )  # fmt: skip
    waiting = _rectification(other, secretary, status=RectificationStatus.ANSWERED)
    proof = _file(rectification=Rectification.objects.get(pk=kept["rectification"]), uploaded_by=secretary)
    return kept | {"rectification answered": waiting.pk, "proof": proof.pk}


def _rectification(finding: Finding, secretary: User, status: str = RectificationStatus.OPEN) -> Rectification:
    said = (
        {} if status == RectificationStatus.OPEN else {"measures": "已更正", "person": "某某", "answered_by": secretary}
    )
    return Rectification.objects.create(
        finding=finding, status=status, due_on=finding.due_on, opened_at=timezone.now(), **said
    )


def _file(*, uploaded_by: User, **target: object) -> VisitFile:
    number = VisitFile.objects.count()
    file = VisitFile.objects.create(
        name="照片.pdf", key=f"visits/{number}", content_type="application/pdf", size=1, sha256="0" * 64,
        uploaded_by=uploaded_by, uploaded_at=timezone.now(), **target,
    )  # fmt: skip
    path = stored_path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"%PDF-1.4")
    return file
