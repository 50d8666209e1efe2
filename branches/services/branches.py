"""Branches and units: founded, changed, closed; a branch is closed, never deleted."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.changing import change_row
from branchportal.errors import PortalError

from .. import former, rules
from ..models import Branch, Unit


@transaction.atomic
def create_branch(*, actor: object, **values: object) -> Branch:
    """A new branch in an organization."""
    require(rules.can_edit_tree(actor))
    _check_place(values["organization"])
    branch = Branch.objects.create(**values)
    audit.record(actor, "branch.created", branch, after={"code": branch.code, "organization": branch.organization.code})
    return branch


@transaction.atomic
def change_branch(*, actor: object, branch: Branch, version: int, **values: object) -> Branch:
    """Rename, move to another organization, sector or unit. Sheets of the past keep what they were made under."""
    require(rules.can_edit_tree(actor))
    if values.get("organization", branch.organization) != branch.organization:
        _check_place(values["organization"])
    before = Branch.objects.get(pk=branch.pk)
    changed = change_row(row=branch, actor=actor, version=version, action="branch.changed", values=values)
    former.keep_if_renamed(before, changed)
    return changed


def close_branch(*, actor: object, branch: Branch, version: int, dissolved_on: date) -> Branch:
    """Close a branch on a day: it is in no new cycle, its past stays."""
    require(rules.can_edit_tree(actor))
    if branch.founded_on and dissolved_on < branch.founded_on:
        early = _("The branch was founded on %(day)s; it cannot be dissolved before. Correct the date.")
        raise PortalError(early % {"day": branch.founded_on.isoformat()})
    values = {"is_active": False, "dissolved_on": dissolved_on}
    return change_row(row=branch, actor=actor, version=version, action="branch.closed", values=values)


def reopen_branch(*, actor: object, branch: Branch, version: int) -> Branch:
    """Take a closing back."""
    require(rules.can_edit_tree(actor))
    _check_place(branch.organization)
    values = {"is_active": True, "dissolved_on": None}
    return change_row(row=branch, actor=actor, version=version, action="branch.reopened", values=values)


@transaction.atomic
def create_unit(*, actor: object, **values: object) -> Unit:
    """A new unit (department)."""
    require(rules.can_edit_tree(actor))
    unit = Unit.objects.create(**values)
    audit.record(actor, "unit.created", unit, after={"code": unit.code, "name": unit.name})
    return unit


@transaction.atomic
def change_unit(*, actor: object, unit: Unit, version: int, **values: object) -> Unit:
    """Rename a unit or take it out of use. Raises: StaleState."""
    require(rules.can_edit_tree(actor))
    before = Unit.objects.get(pk=unit.pk)
    changed = change_row(row=unit, actor=actor, version=version, action="unit.changed", values=values)
    former.keep_if_renamed(before, changed)
    return changed


def _check_place(organization: object) -> None:
    if not organization.is_active:
        raise PortalError(_("“%(name)s” is not active. Choose another organization.") % {"name": organization.name})
