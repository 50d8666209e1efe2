"""Every address of the portal, and the address of a named object (`world.py`)."""

from collections.abc import Iterator
from typing import NamedTuple

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLResolver

from .matrix import Row
from .world import Keys

PAGE_METHODS = ("GET", "POST")
NO_OBJECT = "–"
MISSING = 999_999_999


class Address(NamedTuple):
    """One pattern of the resolver with one of its methods."""

    name: str
    pattern: str
    method: str


# Whose key an address takes; the longest beginning of its name counts. Several objects: a row of the table for each.
OBJECTS: dict[str, tuple[str, ...]] = {
    "api:branch": ("branch",),
    "api:job": ("task",),
    "api:ranking": ("candidate", "tally"),
    "api:result": ("candidate result", "result"),
    "api:scheme": ("scheme draft", "scheme"),
    "api:sheet": ("draft", "approved"),
    "branches:branch": ("branch",),
    "branches:organization": ("organization",),
    "branches:unit": ("unit",),
    "branches:upload": ("upload",),
    "cycles:assign": ("cycle",),
    "cycles:cycle": ("cycle",),
    "cycles:cycle_delete": ("planned cycle",),
    "cycles:cycle_edit": ("planned cycle",),
    "cycles:plan": ("plan",),
    "cycles:scope": ("scope made",),
    "cycles:scope_choose": ("scope open",),
    "cycles:scope_settle": ("scope open",),
    "cycles:team": ("team",),
    "members:account": ("account",),
    "members:appointment": ("appointment",),
    "members:audit": ("entry",),
    "members:branch": ("branch",),
    "members:erasure": ("erasure",),
    "members:organization": ("organization",),
    "members:member": ("member",),
    "members:token_revoke": ("token",),
    "operating_task": ("task of somebody",),
    "polls:": ("poll open", "poll closed"),
    "polls:comments": ("poll closed",),
    "polls:counts": ("paper poll",),
    "polls:confirm": ("paper poll",),
    "polls:fact_": ("fact",),
    "polls:meeting": ("meeting",),
    "polls:open": ("poll planned",),
    "polls:paper": ("ballot paper", "ballot paper in use"),
    "polls:paper_": ("ballot paper",),
    "polls:scan": ("scan",),
    "polls:scan_attach": ("paper poll",),
    "polls:void": ("poll closed",),
    "polls:close": ("poll open",),
    "polls:links": ("poll open",),
    "reminders:mail": ("mail",),
    "reminders:message_open": ("message",),
    "reports:branch_pdf": ("candidate result", "result"),
    "reports:result": ("candidate result", "result"),
    "reports:rights_of": ("account",),
    "reports:sheet_form": ("draft", "submitted", "approved"),
    "results:": ("candidate", "tally"),
    "results:earlier": ("earlier",),
    "results:publication": ("prepared", "publication"),
    "notice": ("notice",),
    "results:consultation": ("consultation",),
    "results:notice_begin": ("prepared", "on notice"),
    "results:notice_extend": ("on notice",),
    "results:notice_withdraw": ("on notice",),
    "results:object": ("notice",),
    "results:objection": ("objection", "letter"),
    "results:publish": ("prepared",),
    "results:register_objection": ("notice",),
    "results:send_back": ("prepared",),
    "results:trial": ("trial",),
    "schemes:": ("scheme draft", "scheme"),
    "schemes:propose": ("scheme draft", "scheme proposed", "scheme"),
    "schemes:publish": ("scheme draft", "scheme proposed", "scheme"),
    "schemes:send_back": ("scheme draft", "scheme proposed", "scheme"),
    "sheets:": ("draft", "review"),
    "sheets:reopen": ("review", "approved"),
    "sheets:approval_list": ("approval list",),
    "sheets:branch_change": ("branch change",),
    "sheets:extension": ("extension",),
    "sheets:reopening": ("reopening",),
    "sheets:claim_decide": ("claim in review", "record in draft"),
    "sheets:detail": ("draft", "submitted", "review", "approved"),
    "sheets:evidence_file": ("evidence in draft", "evidence in review"),
    "sheets:preliminary": ("draft", "submitted"),
    "sheets:preliminary_mark": ("draft", "counting"),
    "sheets:pass": ("draft", "submitted"),
    "sheets:receipt": ("submitted",),
    "sheets:record_answer": ("draft", "review"),
    "sheets:record_take_back": ("record in review",),
    "sheets:stamped_attach": ("draft", "submitted", "approved"),
    "sheets:stamped_file": ("stamped form",),
    "sheets:stamped_withdraw": ("stamped form",),
    "sheets:submit": ("draft", "submitted"),
    "sheets:withdraw": ("submitted",),
    "sheets:workbook_": ("workbook",),
    "task": ("task",),
    "visits:check": ("visit in_progress",),
    "visits:file": ("visit file in_progress", "visit file signed", "proof"),
    "visits:file_add": ("visit in_progress",),
    "visits:file_remove": ("visit file in_progress", "proof"),
    "visits:finding_add": ("visit in_progress",),
    "visits:finding_remove": ("finding in_progress",),
    "visits:plan": ("visit plan planned",),
    "visits:record": ("visit in_progress",),
    "visits:rectification": ("rectification", "rectification answered"),
    "visits:rectification_answer": ("rectification",),
    "visits:rectification_check": ("rectification answered",),
    "visits:rectification_deadline": ("rectification",),
    "visits:rectification_proof": ("rectification",),
    "visits:sign": ("visit in_progress",),
    "visits:step": ("visit planned", "visit in_progress"),
    "visits:visit": ("visit planned", "visit in_progress", "visit signed"),
}
OTHER_KEYS = {"plan_pk": "plan", "branch_pk": "branch", "year": "year", "reply_pk": "reply", "cycle_pk": "cycle"}
WORDS = {
    "secret": "x" * 43,
    "paper": "proposals",
    "code": "1.1",
    "period": "Q4",
    "kind": "members",
    "suffix": "csv",
    "key": "5-organ",
}
# What is sent where an empty form would be refused before anybody is asked who sends it: names of objects, and words.
NAMED: dict[str, dict[str, str]] = {
    "visits:plan_add": {"branch": "branch"},
    "visits:plan_assign": {"team": "team", "visit": "visit planned"},
    "reports:archive": {"tally": "tally"},
    "reports:account_slips": {"unit": "unit"},
    "reports:blank_form": {"cycle": "cycle"},
    "reports:department_file": {"organization": "organization"},
    "reports:ranking_file": {"tally": "tally"},
    "results:start": {"cycle": "closed cycle"},
    "results:trial_start": {"version": "scheme draft"},
    "sheets:cycle_workbook": {"cycle": "cycle"},
    "sheets:evidence_attach": {"evidence": "evidence in draft"},
    "sheets:exempt": {"sheet": "review"},
}
SAID: dict[str, dict[str, object]] = {
    "api:sheet-mark": {"version": 0},
    "api:sheet-submit": {"version": 0, "meeting_on": "2026-11-20", "meeting_present": 5, "is_truthful": True},
    "cycles:team_change": {"rename": "1", "name": "改名"},
    "reminders:mail_act": {"do": "drop"},
    "reports:department_file": {"kind": "xlsx"},
    "reports:indicators_file": {"kind": "xlsx"},
    "reports:ranking_file": {"kind": "csv"},
    "reports:year_statistics_file": {"kind": "xlsx"},
    "sheets:evidence": {"code": "1.1"},
    "sheets:mark": {"version": 0, "c-b": "1"},
    "sheets:submit": {"version": 0, "meeting_on": "2026-11-20", "meeting_present": 5, "is_truthful": "on"},
}
QUERIES = {"sheets:evidence"}  # pages that show nothing without one


def addresses() -> list[Address]:
    """Every address with each method: GET and POST of a page, the operations of the API."""
    return list(_walk(get_resolver(), "", ()))


def _walk(resolver: URLResolver, prefix: str, spaces: tuple[str, ...]) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inside = (pattern.namespace,) if pattern.namespace else ()
            yield from _walk(pattern, prefix + str(pattern.pattern), spaces + inside)
            continue
        actions = getattr(pattern.callback, "actions", None)
        methods = [method.upper() for method in actions if method != "head"] if actions else PAGE_METHODS
        for method in methods:
            yield Address(":".join((*spaces, pattern.name or "favicon")), prefix + str(pattern.pattern), method)


def objects_of(address: Address) -> tuple[str, ...]:
    """Names of the objects that the address is tried with; NO_OBJECT where it takes no key."""
    if "pk>" not in address.pattern or ("<int:pk>" not in address.pattern and "(?P<pk>" not in address.pattern):
        return (NO_OBJECT,)
    return OBJECTS[max((start for start in OBJECTS if address.name.startswith(start)), key=len)]


def rows_of(address: Address) -> list[Row]:
    """The rows of the table that an address needs: one for each object; none while its key is unknown here."""
    try:
        return [Row(address.name, address.method, thing) for thing in objects_of(address)]
    except ValueError:
        return []


def path_of(address: Address, thing: str, keys: Keys) -> str:
    """The address of one object."""
    if address.name == "favicon":
        return "/favicon.ico"
    pattern = address.pattern
    values: dict[str, object] = {} if thing == NO_OBJECT else {"pk": keys[thing]}
    values |= {name: keys[key] for name, key in OTHER_KEYS.items() if f":{name}>" in pattern}
    values |= {name: word for name, word in WORDS.items() if f":{name}>" in pattern or f"P<{name}>" in pattern}
    if ":claim>" in pattern:
        values["claim"] = keys[f"{'record' if 'record' in address.name else 'claim'} in {thing}"]
    if ":link>" in pattern:
        values["link"] = keys[f"link in {thing}"]
    return reverse(address.name, kwargs=values)


def nothing(keys: Keys) -> Keys:
    """The same names with keys that nothing has."""
    return dict.fromkeys(keys, MISSING)


def form_of(address: Address, keys: Keys) -> dict[str, object]:
    """What is sent: the form, or the query of a page that shows nothing without one."""
    said = {name: keys[thing] for name, thing in NAMED.get(address.name, {}).items()}
    said |= next((words for start, words in SAID.items() if address.name.startswith(start)), {})
    if address.name == "sheets:evidence_upload":
        said |= {"file": SimpleUploadedFile("文件.pdf", b"%PDF-1.4", "application/pdf"), "no_secrets": "1"}
    return said if address.method != "GET" or address.name in QUERIES else {}
