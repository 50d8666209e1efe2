"""Every address that writes, and how a stale save of it is answered.

EDITS: a form whose values two people may change: the second one gets 409 with both values and chooses.
MOVES: a step made on what somebody saw: with an older version it is refused (409) and nothing happens.
OTHERS: nothing that somebody else wrote can be overwritten there, for the reason that stands beside it.
"""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.urls import get_resolver
from django.urls.resolvers import URLResolver

WRITING = frozenset(("POST", "PUT", "PATCH", "DELETE"))
NEW = "makes a new row; two people make two"
REPEATABLE = "repeating it changes nothing"
OWN = "the person's own session or account, asked anew each time"
FILE = "makes a file and changes nothing else"
STATE = "moves along the table of states in one conditional UPDATE; the second press finds another state"
VERSIONED = "carries the version of its row; the service moves it in one conditional UPDATE"
UNTOUCHED = "writes only where nothing stands yet"


@dataclass(frozen=True)
class Edit:
    """Who changes what: `theirs` and `mine` differ from what stands there. `page`: where the form is, if elsewhere."""

    who: str
    thing: str
    theirs: dict[str, str]
    mine: dict[str, str]
    page: str = ""
    also: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Move:
    """What is sent with a version that is too old; `version` is the name of its field."""

    who: str
    thing: str
    said: dict[str, object] = field(default_factory=dict)
    version: str = "version"


EDITS = {
    "branches:branch_edit": Edit("office", "branch", {"name": "甲定的名称"}, {"name": "乙定的名称"}),
    "branches:organization_edit": Edit("office", "organization", {"name": "甲定的名称"}, {"name": "乙定的名称"}),
    "branches:unit_edit": Edit("office", "unit", {"name": "甲定的名称"}, {"name": "乙定的名称"}),
    "cycles:cycle_edit": Edit("office", "planned cycle", {"name": "甲定的名称"}, {"name": "乙定的名称"}),
    "cycles:plan_edit": Edit("office", "plan", {"name": "甲定的名称"}, {"name": "乙定的名称"}),
    "cycles:team_change": Edit(
        "office", "team", {"name": "甲定的名称"}, {"name": "乙定的名称"}, page="cycles:team", also={"rename": "1"}
    ),
    "members:account_edit": Edit("office", "account", {"name": "甲定的名称"}, {"name": "乙定的名称"}),
    "members:member_edit": Edit("secretary", "member", {"name": "甲定的名称"}, {"name": "乙定的名称"}),
    "sheets:claim_change": Edit(
        "secretary", "draft", {"matter": "甲写的事项"}, {"matter": "乙写的事项"}, also={"happened_on": "2026-11-01"}
    ),
    "sheets:record_answer": Edit(
        "secretary", "draft", {"answer": "甲写的说明文字"}, {"answer": "乙写的说明文字"}, page="sheets:detail"
    ),
}
MOVES = {
    "api:sheet-submit": Move(
        "secretary", "draft", {"meeting_on": "2026-11-20", "meeting_present": 5, "is_truthful": True}
    ),
    "branches:branch_close": Move("office", "branch", {"dissolved_on": "2026-11-01"}),
    "branches:branch_reopen": Move("office", "branch"),
    "branches:organization_active": Move("office", "organization", {"is_active": "1"}),
    "cycles:cycle_delete": Move("office", "planned cycle"),
    "cycles:scope_choose": Move("office", "scope open", {"review_scope": "all"}),
    "members:account_active": Move("office", "account", {"is_active": "0"}),
    "members:member_active": Move("secretary", "member", {"is_active": "0"}),
    "results:earlier_remove": Move("office", "earlier", {"reason": "登记有误，核对后删除"}),
    "schemes:design": Move("office", "scheme draft", {"at": "indicators"}, version="edition"),
    "schemes:publish": Move("authority", "scheme proposed", version="edition"),
    "sheets:claim_decide": Move("inspector", "review", {"decision": "accept"}),
    "sheets:claim_withdraw": Move("secretary", "draft"),
    "sheets:exempt": Move("authority", "review", {"reason": "本季度整建制撤并"}),
    "sheets:pass": Move("reviewer", "submitted"),
    "sheets:preliminary_return": Move("reviewer", "submitted", {"return": "1.1", "reason-1.1": "佐证材料不齐全"}),
    "sheets:record_take_back": Move("office", "review", {"reason": "登记有误予以撤回"}),
    "sheets:review_approve": Move("leader", "review"),
    "sheets:review_begin": Move("inspector", "review"),
    "sheets:review_return": Move("inspector", "review", {"return": "1.1", "reason-1.1": "佐证材料不齐全"}),
    "sheets:withdraw": Move("secretary", "submitted"),
}
# Tried with values of their own in the tests named.
TRIED = {
    "api:sheet-mark": "tests/assessments/test_api.py",
    "sheets:mark": "tests/assessments/pages/test_sheet_filling.py",
    "sheets:preliminary_mark": "tests/assessments/pages/test_preliminary_marks.py",
    "sheets:preliminary_poll": "tests/security/test_stale_writes.py",
    "sheets:review_mark": "tests/assessments/pages/test_review.py",
    "sheets:submit": "tests/security/test_stale_writes.py",
    "sheets:workbook_take_over": "tests/assessments/sheets/test_workbook.py",
    "schemes:design_undo": "tests/assessments/schemes/test_designer_pages.py",
    "schemes:propose": "tests/assessments/schemes/test_publishing.py",
    "schemes:send_back": "tests/assessments/schemes/test_publishing.py",
    "results:prepare": "tests/assessments/results/test_publishing.py",
    "results:tie": "tests/assessments/results/test_deciding.py",
}
OTHERS = {
    "api:health": "only reads",
    "api:docs": "only reads",
    "api:job-cancel": REPEATABLE,
    "api:schema": "only reads",
    "branches:branch_new": NEW,
    "branches:imports": NEW,
    "branches:organization_new": NEW,
    "branches:unit_new": NEW,
    "branches:upload_confirm": "planned again on today's rows and refused when they changed since the trial",
    "cycles:assign": "one press for many branches; each that moves is in the audit trail with the team it had",
    "cycles:cycle_close": STATE,
    "cycles:cycle_new": NEW,
    "cycles:cycle_open": STATE,
    "cycles:scope_add": REPEATABLE,
    "cycles:scope_settle": "made once; the database holds one list of a cycle",
    "cycles:plan_new": NEW,
    "cycles:team": "adds a member under the version of the team; see cycles:team_change",
    "cycles:team_new": NEW,
    "favicon": "only redirects",
    "language": OWN,
    "members:account_new": NEW,
    "members:account_reset": "a new password on the hash that was read; the second one is refused",
    "members:account_security": "ends sessions, lifts a factor; repeating it changes nothing",
    "members:account_unlock": REPEATABLE,
    "members:appointment_end": "ends the office with the last day that was read",
    "members:appointment_new": NEW,
    "members:audit_export": FILE,
    "members:audit_verify": FILE,
    "members:end_sessions": OWN,
    "members:factor": OWN,
    "members:factor_codes": OWN,
    "members:factor_setup": OWN,
    "members:login": OWN,
    "members:logout": OWN,
    "members:member_new": NEW,
    "members:password": OWN,
    "members:token_new": NEW,
    "members:token_revoke": REPEATABLE,
    "reports:account_slips": FILE,
    "reports:archive": FILE,
    "reports:blank_form": FILE,
    "reports:branch_pdf": FILE,
    "reports:ranking_file": FILE,
    "reports:sheet_form": FILE,
    "results:earlier_remove_year": "asks for the reason; the audit trail keeps every row removed",
    "results:publish": STATE,
    "results:send_back": STATE,
    "results:start": NEW,
    "results:trial_adopt": NEW,
    "results:trial_delete": REPEATABLE,
    "results:trial_start": NEW,
    "results:trial_workbook": FILE,
    "results:update": NEW,
    "schemes:delete": STATE,
    "schemes:design_example": "only reads",
    "schemes:import": NEW,
    "schemes:new": NEW,
    "schemes:preview_totals": "only reads",
    "schemes:start": NEW,
    "sheets:claim_add": NEW,
    "sheets:copy_last": UNTOUCHED,
    "sheets:cycle_workbook": FILE,
    "sheets:evidence_attach": NEW,
    "sheets:evidence_remove": "takes away one link, named by its key",
    "sheets:evidence_upload": NEW,
    "sheets:nothing_found": UNTOUCHED,
    "sheets:record_new": NEW,
    "sheets:review_accept_rest": UNTOUCHED,
    "sheets:workbook_finish": REPEATABLE,
    "sheets:workbooks": NEW,
    "task_cancel": REPEATABLE,
}

# Rooms with tests of their own for stale saves.
ROOMS = {
    "cycles:board_reminder": NEW,
    "members:account_phone": "only shows a number, with a reason on record",
    "members:branch_phone": "only shows a number, with a reason on record",
    "members:erasure_decide": STATE,
    "members:member_data": FILE,
    "members:member_erasure": NEW,
    "members:organization_phone": "only shows a number, with a reason on record",
    "members:own_data": FILE,
    "members:own_mail": OWN,
    "members:own_erasure": NEW,
    "operating_task_retry": REPEATABLE,
    "operating_task_stop": REPEATABLE,
    "polls:close": STATE,
    "polls:close_many": STATE,
    "polls:comments": NEW,
    "polls:confirm": VERSIONED,
    "polls:counts": VERSIONED,
    "polls:fact_decide": VERSIONED,
    "polls:fact_new": NEW,
    "polls:fact_withdraw": VERSIONED,
    "polls:links": FILE,
    "polls:meeting_agenda": VERSIONED,
    "polls:meeting_close": STATE,
    "polls:meeting_links": FILE,
    "polls:meeting_new": NEW,
    "polls:meeting_open": STATE,
    "polls:new": NEW,
    "polls:open": STATE,
    "polls:paper": VERSIONED,
    "polls:paper_copy": NEW,
    "polls:paper_delete": STATE,
    "polls:paper_new": NEW,
    "polls:scan_attach": NEW,
    "polls:void": STATE,
    "reports:department_file": FILE,
    "reports:dossier": FILE,
    "reports:indicators_file": FILE,
    "reports:year_statistics_file": FILE,
    "results:consult": NEW,
    "results:consultation_clear": REPEATABLE,
    "results:consultation_close": STATE,
    "results:consultation_reply": "one reply a branch; the second one is refused",
    "results:meeting": STATE,
    "results:notice_begin": STATE,
    "results:notice_extend": STATE,
    "results:notice_withdraw": STATE,
    "results:object": NEW,
    "results:objection": STATE,
    "results:register_objection": NEW,
    "reminders:mail_act": VERSIONED,
    "reminders:message_open": REPEATABLE,
    "reminders:outbox_act": "carries count and versions of what the page showed; anything else is refused (409)",
    "reminders:read_all": REPEATABLE,
    "sheets:approval_list_approve": STATE,
    "sheets:approval_list_prepare": NEW,
    "sheets:approval_list_withdraw": STATE,
    "sheets:branch_change": STATE,
    "sheets:branch_change_new": NEW,
    "sheets:extension": STATE,
    "sheets:extension_ask": NEW,
    "sheets:queue_accept": UNTOUCHED,
    "sheets:reopen": NEW,
    "sheets:reopening": STATE,
    "sheets:review_hand_over": STATE,
    "sheets:stamped_attach": NEW,
    "sheets:stamped_withdraw": STATE,
    "sheets:take_down": REPEATABLE,
    "visits:check": VERSIONED,
    "visits:file_add": NEW,
    "visits:file_remove": REPEATABLE,
    "visits:finding_add": NEW,
    "visits:finding_remove": REPEATABLE,
    "visits:plan_add": NEW,
    "visits:plan_assign": VERSIONED,
    "visits:plan_draw": VERSIONED,
    "visits:plan_edit": VERSIONED,
    "visits:plan_new": NEW,
    "visits:record": VERSIONED,
    "visits:rectification_answer": VERSIONED,
    "visits:rectification_check": VERSIONED,
    "visits:rectification_deadline": VERSIONED,
    "visits:rectification_new": NEW,
    "visits:rectification_proof": NEW,
    "visits:sign": VERSIONED,
    "visits:step": VERSIONED,
    "vote:ballot": "a link is spent once, in one conditional UPDATE",
}


def names() -> list[str]:
    """Every address that takes a writing method, by name."""
    return sorted(name for name, callback in _patterns(get_resolver(), ()) if _writes(callback))


def _patterns(resolver: URLResolver, spaces: tuple[str, ...]) -> Iterator[tuple[str, Callable]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern, (*spaces, pattern.namespace) if pattern.namespace else spaces)
        else:
            yield ":".join((*spaces, pattern.name or "favicon")), pattern.callback


def _writes(callback: Callable) -> bool:
    """What the view's own decorators say; a view that says nothing is taken to write."""
    if actions := getattr(callback, "actions", None):
        return bool(WRITING & {method.upper() for method in actions})
    inner: Callable | None = callback
    while inner is not None:
        taken = inspect.getclosurevars(inner).nonlocals.get("request_method_list")
        if taken is not None:
            return bool(WRITING & set(taken))
        inner = getattr(inner, "__wrapped__", None)
    return True
