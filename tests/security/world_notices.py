"""What stands between a tally and its publication: a consultation, a running notice, objections, a reopening."""

from datetime import timedelta

from django.utils import timezone

from assessments.results.models import Publication, Tally
from assessments.results.notices.models import Consultation, ConsultationReply, Notice, Objection
from assessments.results.notices.working_days import end_of
from assessments.sheets.extending.models import Extension
from assessments.sheets.models import Sheet
from assessments.sheets.reopening.models import Reopening
from assessments.sheets.restructuring.models import BranchChange
from branches.models import Branch
from members.models import User

Keys = dict[str, int]


def shared(candidate: Tally, noticed: Publication, branch: Branch, office: User, authority: User) -> Keys:
    """A consultation about a candidate, and a publication on notice."""
    now, today = timezone.now(), timezone.localdate()
    asked = Consultation.objects.create(
        plan=candidate.plan, cycle=candidate.cycle, tally=candidate, organ="纪检组", min_stars=1, due_on=today,
        sent_by=office, sent_at=now,
    )  # fmt: skip
    reply = ConsultationReply.objects.create(consultation=asked, branch=branch, stars=3)
    Publication.objects.filter(pk=noticed.pk).update(status="notice")
    Tally.objects.filter(pk=noticed.tally_id).update(status="notice")
    last = today + timedelta(days=6)
    notice = Notice.objects.create(
        publication=noticed, min_stars=3, days=5, starts_on=today, last_on=last, ends_at=end_of(last),
        contact="考评办301室", begun_by=authority, begun_at=now,
    )  # fmt: skip
    return {"consultation": asked.pk, "reply": reply.pk, "notice": notice.pk, "on notice": noticed.pk}


def of_branch(notice: int, branch: Branch, sheet: Sheet, secretary: User, office: User) -> Keys:
    """An objection of the branch, one by letter about it, and a request to reopen its sheet."""
    now = timezone.now()
    said = {"notice_id": notice, "branch": branch, "text": "请核查该项得分。", "received_at": now, "entered_at": now}
    own = Objection.objects.create(entered_by=secretary, by_name=secretary.name, **said)
    letter = Objection.objects.create(entered_by=office, channel="letter", **said)
    asked = Reopening.objects.create(sheet=sheet, reason="漏记一次会议", asked_by=office, asked_at=now)
    more = Extension.objects.create(
        cycle=sheet.cycle, sheet=sheet, was_until=now, until=now + timedelta(days=2), reason="机构调整",
        asked_by=office, asked_at=now,
    )  # fmt: skip
    change = BranchChange.objects.create(
        kind="dissolved", branch=branch, happens_on=timezone.localdate(), document="市直党工9号", asked_by=office,
        asked_at=now,
    )  # fmt: skip
    keys = {"objection": own.pk, "letter": letter.pk, "reopening": asked.pk, "extension": more.pk}
    return keys | {"branch change": change.pk}
