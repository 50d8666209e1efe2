"""Audit actions in words. An action without a word of its own is shown by its code, never hidden."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

ROOMS = {
    "account": _("Accounts and sign-in"),
    "appointment": _("Appointments"),
    "assignment": _("Review assignments"),
    "audit": _("Audit trail"),
    "branch": _("Branches"),
    "claim": _("Bonus, penalty, veto"),
    "cycle": _("Cycles"),
    "evidence": _("Evidence"),
    "import": _("Imports"),
    "job": _("Tasks"),
    "mark": _("Marks"),
    "member": _("Members"),
    "organization": _("Organizations"),
    "plan": _("Year plans"),
    "publication": _("Publications"),
    "scheme": _("Schemes"),
    "sheet": _("Sheets"),
    "tally": _("Tallies"),
    "team": _("Teams"),
    "token": _("API tokens"),
    "trial": _("Trial tallies"),
    "unit": _("Units"),
}
VERBS = {
    "accepted": pgettext_lazy("audit", "accepted"),
    "added": pgettext_lazy("audit", "added"),
    "answered": pgettext_lazy("audit", "answered"),
    "approved": pgettext_lazy("audit", "approved"),
    "attached": pgettext_lazy("audit", "attached"),
    "cancel_requested": pgettext_lazy("audit", "cancellation requested"),
    "changed": pgettext_lazy("audit", "changed"),
    "closed": pgettext_lazy("audit", "closed"),
    "completed": pgettext_lazy("audit", "completed"),
    "confirmed": pgettext_lazy("audit", "confirmed"),
    "created": pgettext_lazy("audit", "created"),
    "deleted": pgettext_lazy("audit", "deleted"),
    "discarded": pgettext_lazy("audit", "discarded"),
    "edited": pgettext_lazy("audit", "edited"),
    "ended": pgettext_lazy("audit", "ended"),
    "exempted": pgettext_lazy("audit", "exempted"),
    "exported": pgettext_lazy("audit", "exported"),
    "finished": pgettext_lazy("audit", "finished"),
    "granted": pgettext_lazy("audit", "granted"),
    "imported": pgettext_lazy("audit", "imported"),
    "leader_set": pgettext_lazy("audit", "leader named"),
    "member_added": pgettext_lazy("audit", "member added"),
    "member_removed": pgettext_lazy("audit", "member removed"),
    "passed": pgettext_lazy("audit", "passed"),
    "password_changed": pgettext_lazy("audit", "password changed"),
    "poll_entered": pgettext_lazy("audit", "poll score entered"),
    "prepared": pgettext_lazy("audit", "prepared"),
    "proposed": pgettext_lazy("audit", "put forward"),
    "published": pgettext_lazy("audit", "published"),
    "recorded": pgettext_lazy("audit", "recorded"),
    "refused": pgettext_lazy("audit", "refused"),
    "removed": pgettext_lazy("audit", "removed"),
    "renamed": pgettext_lazy("audit", "renamed"),
    "requested": pgettext_lazy("audit", "requested"),
    "returned": pgettext_lazy("audit", "returned"),
    "review_begun": pgettext_lazy("audit", "review begun"),
    "review_mark_entered": pgettext_lazy("audit", "review mark entered"),
    "review_marks_accepted": pgettext_lazy("audit", "marks accepted in one go"),
    "revoked": pgettext_lazy("audit", "revoked"),
    "saved": pgettext_lazy("audit", "saved"),
    "sealed": pgettext_lazy("audit", "sealed"),
    "sent_back": pgettext_lazy("audit", "sent back"),
    "signed_in": pgettext_lazy("audit", "signed in"),
    "signed_out": pgettext_lazy("audit", "signed out"),
    "started": pgettext_lazy("audit", "started"),
    "stored": pgettext_lazy("audit", "stored"),
    "submitted": pgettext_lazy("audit", "submitted"),
    "superseded": pgettext_lazy("audit", "superseded"),
    "tie_decided": pgettext_lazy("audit", "tie decided"),
    "unlocked": pgettext_lazy("audit", "unlocked"),
    "uploaded": pgettext_lazy("audit", "uploaded"),
    "verified": pgettext_lazy("audit", "verified"),
    "withdrawn": pgettext_lazy("audit", "withdrawn"),
}


def action_words(action: str) -> str:
    """`sheet.submitted` → “评分表：提交”."""
    room, _dot, verb = action.partition(".")
    return f"{ROOMS.get(room, room)}：{VERBS.get(verb, verb)}"


def room_choices() -> list[tuple[str, object]]:
    """What the list is narrowed down to: all, then a room each."""
    return [("", _("all")), *ROOMS.items()]
