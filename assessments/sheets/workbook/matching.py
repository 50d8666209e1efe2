"""Each worksheet of a file with the sheet it is for, among those that the person fills in."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from ..models import Sheet
from . import words
from .layout import cycle_key, identity
from .problems import Problem, address
from .reading import IDENTITY_ROW, Page

if TYPE_CHECKING:
    from members.models import User


def match(actor: "User", pages: Sequence[Page]) -> tuple[list[tuple[Page, Sheet]], list[Problem]]:
    """Each worksheet with its sheet, among those that the actor fills in; one query."""
    codes = {page.identity.branch for page in pages}
    rows = Sheet.objects.filled_by(actor).current().filter(branch__code__in=codes).for_filling()
    rows = rows.defer("frozen", "frozen_claims", "scheme_version__content").order_by("pk")
    known = {(sheet.branch.code, cycle_key(sheet)): sheet for sheet in rows}
    branches = {code for code, _cycle in known}
    found: dict[int, Page] = {}
    matched, problems = [], []
    for page in pages:
        sheet = known.get((page.identity.branch, page.identity.cycle))
        problem = _identity_problem(page, sheet, branches)
        if sheet is not None and problem is None and sheet.pk in found:
            message = _("Branch %(code)s stands there twice: also in the worksheet “%(other)s”.")
            message %= {"code": page.identity.branch, "other": found[sheet.pk].title}
            problem = _at_identity(page, words.KEY, page.identity.branch, message, _("Delete one of the worksheets."))
        if problem is not None:
            problems.append(problem)
        elif sheet is not None:
            found[sheet.pk] = page
            matched.append((page, sheet))
    return matched, problems


def _identity_problem(page: Page, sheet: Sheet | None, branches: set[str]) -> Problem | None:
    said = page.identity
    if said.branch not in branches:
        message = _("You do not fill in for a branch with the code “%(code)s”.") % {"code": said.branch or "—"}
        cure = _("Delete this worksheet, or let the branch itself upload it.")
        return _at_identity(page, words.KEY, said.branch, message, cure)
    again = _("Download the form again and copy your entries into it.")
    if sheet is None:
        message = _("The branch has no sheet in the cycle “%(cycle)s”.") % {"cycle": said.cycle or "—"}
        return _at_identity(page, words.ASK, said.cycle, message, again)
    if said.scheme != identity(sheet).scheme:
        message = _("The form was made from another version of the scheme; today's is “%(version)s”.")
        return _at_identity(page, words.WAIVER, said.scheme, message % {"version": sheet.scheme_version}, again)
    return None


def _at_identity(page: Page, column: int, value: str, message: str, cure: str) -> Problem:
    return Problem(page.title, address(IDENTITY_ROW, column), value[:80], message, cure)
