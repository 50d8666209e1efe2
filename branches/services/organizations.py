"""The tree: organizations are created, moved, renamed and deactivated here; `path` is kept here and nowhere else."""

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.changing import change_row
from branchportal.errors import PortalError

from .. import former, rules
from ..models import Organization


@transaction.atomic
def create_organization(*, actor: object, parent: Organization | None, **values: object) -> Organization:
    """A new node below `parent` (None: a root)."""
    require(rules.can_edit_tree(actor))
    organization = Organization.objects.create(parent=parent, **values)
    organization.path = path_of(organization.pk, parent)
    organization.save(update_fields=["path"])
    audit.record(actor, "organization.created", organization, after={"code": organization.code, "parent": str(parent)})
    return organization


@transaction.atomic
def change_organization(
    *, actor: object, organization: Organization, version: int, parent: Organization | None, **values: object
) -> Organization:
    """Rename or move a node; its whole subtree moves along in one UPDATE."""
    require(rules.can_edit_tree(actor))
    concerned = {organization.pk, *([parent.pk] if parent else [])}
    locked = {row.pk: row for row in Organization.objects.select_for_update().filter(pk__in=concerned)}
    stored, target = locked[organization.pk], locked[parent.pk] if parent else None
    if target and target.path.startswith(stored.path):
        raise PortalError(
            _("“%(parent)s” lies below “%(name)s” or is the same, so it cannot be its superior. Choose another one.")
            % {"parent": target.name, "name": stored.name}
        )
    changed = change_row(
        row=organization,
        actor=actor,
        version=version,
        action="organization.changed",
        values={**values, "parent": target},
    )
    former.keep_if_renamed(stored, changed)
    if changed.parent_id != stored.parent_id:
        _move_subtree(stored.path, path_of(stored.pk, target))
        changed.refresh_from_db()
    return changed


@transaction.atomic
def set_organization_active(
    *, actor: object, organization: Organization, version: int, is_active: bool
) -> Organization:
    """Deactivate an empty node, or activate one again."""
    require(rules.can_edit_tree(actor))
    if not is_active:
        branches = organization.branches.filter(is_active=True).count()
        children = organization.children.filter(is_active=True).count()
        if branches or children:
            raise PortalError(
                _(
                    "“%(name)s” still has %(branches)d branches and %(children)d organizations below it. "
                    "Move or close them first."
                )
                % {"name": organization.name, "branches": branches, "children": children}
            )
    action = "organization.activated" if is_active else "organization.deactivated"
    return change_row(row=organization, actor=actor, version=version, action=action, values={"is_active": is_active})


def path_of(pk: int, parent: Organization | None) -> str:
    """The ids from the root down: "/1/7/"."""
    return f"{parent.path if parent else '/'}{pk}/"


def rebuild_paths() -> int:
    """Set all paths from the parents, after many nodes were written at once. Returns how many changed."""
    rows = list(Organization.objects.only("id", "parent_id", "path"))
    parents = {row.pk: row.parent_id for row in rows}
    known: dict[int, str] = {}

    def path(pk: int) -> str:
        if pk not in known:
            known[pk] = f"{path(parents[pk]) if parents[pk] else '/'}{pk}/"
        return known[pk]

    wrong = [row for row in rows if row.path != path(row.pk)]
    for row in wrong:
        row.path = known[row.pk]
    Organization.objects.bulk_update(wrong, ["path"], batch_size=500)
    return len(wrong)


def _move_subtree(old: str, new: str) -> None:
    below = Organization.objects.filter(path__startswith=old)
    below.update(path=Concat(Value(new), Substr("path", len(old) + 1)))
