"""The audit rows of what the seeder writes in bulk: as if the office had entered it."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import Model

from branches.models import Branch, Organization, Unit
from branchportal.bulk import insert_rows
from branchportal.models import AuditEntry
from members.models import Appointment, Member, User

from ..sheets.choices import ClaimKind
from ..sheets.models import Claim
from .city import City

COLUMNS = (
    "at", "actor", "acting_role", "action", "object_type", "object_id", "object_label", "before", "after", "note",
    "request_id",
)  # fmt: skip
SET_UP: Mapping[type[Model], str] = {
    Unit: "unit.created",
    Organization: "organization.created",
    Branch: "branch.created",
    Member: "member.added",
    User: "account.created",
}


def write_set_up(city: City, at: datetime) -> None:
    """One row for every unit, organization, branch, member, account and office."""
    office, security = city.people["office1"].pk, city.people["secadmin"].pk
    for model, action in SET_UP.items():
        _write(model, action, at, model.objects.order_by("pk").values_list("pk", "name"), office)
    offices = Appointment.objects.order_by("pk").values_list("pk", "role")
    _write(Appointment, "appointment.granted", at, offices, security)


def write_claims() -> None:
    """One row for every claim and record, by whoever entered it."""
    rows = Claim.objects.order_by("pk").values_list("pk", "kind", "matter", "entered_by_id", "entered_at")
    insert_rows(
        AuditEntry,
        COLUMNS,
        (
            _row(Claim, "claim.added" if kind == ClaimKind.BONUS else "claim.recorded", at, pk, matter, actor)
            for pk, kind, matter, actor, at in rows
        ),
    )


def _write(model: type[Model], action: str, at: datetime, named: Iterable[tuple[int, str]], actor: int) -> None:
    insert_rows(AuditEntry, COLUMNS, (_row(model, action, at, pk, name, actor) for pk, name in named))


def _row(model: type[Model], action: str, at: datetime, pk: int, label: str, actor: int) -> tuple:
    return (at, actor, "", action, model._meta.label_lower, pk, label[:200], None, None, "", "")
