"""The check list before a publication: what must hold, what is only said."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from ..cycles.models import Cycle
from .digests import input_parts, parts_digest
from .gather import described_inputs
from .models import Tally
from .yearly import current_quarters


@dataclass(frozen=True)
class Check:
    """One line of the list. `is_met` None: nothing to meet, only to know. `blocks`: unmet, it stops the publication."""

    text: str
    is_met: bool | None
    blocks: bool = True


STEPS = ("prepare", "notice", "final")


def checks_of(tally: Tally, step: str = "prepare", at: datetime | None = None) -> list[Check]:
    """The list before one of STEPS; the page shows it and the services ask `blocking`. `at`: the moment, else now."""
    found = [
        Check(_("The inputs are the same as when the tally ran."), is_up_to_date(tally)),
        Check(
            _("No place is undecided.")
            if not tally.undecided_count
            else _("%(count)d branches are tied across a quota and undecided.") % {"count": tally.undecided_count},
            tally.undecided_count == 0,
        ),
    ]
    if tally.cycle is None:
        found.append(Check(_("The tallies of all its quarters are published."), are_quarters_published(tally)))
    if tally.missing_count:
        text = _("%(count)d branches are without a total; say why in the note.") % {"count": tally.missing_count}
        found.append(Check(text, None, blocks=False))
    else:
        found.append(Check(_("Every branch has a total or is exempt."), True))
    if tally.cycle and tally.cycle.purpose == Cycle.Purpose.PROGRESS:
        found.append(Check(_("This cycle gives feedback only: scores and ranks, no stars."), None, blocks=False))
    return found + _procedure(tally, step, at)


def _procedure(tally: Tally, step: str, at: datetime | None) -> list[Check]:
    """What consultation, meeting and notice add; they lie to the right in the chain of this room's parts."""
    from .notices import checks, rules

    if step == "prepare" or not rules.requires_notice(tally):
        return []
    lines = checks.before_notice(tally) if step == "notice" else checks.before_final(tally, at)
    return [Check(text, is_met) for text, is_met in lines]


def blocking(tally: Tally, step: str = "prepare", at: datetime | None = None) -> list[str]:
    """The unmet lines that stop a step."""
    return [check.text for check in checks_of(tally, step, at) if check.blocks and not check.is_met]


def is_up_to_date(tally: Tally) -> bool:
    """Whether tallying now would read the same inputs."""
    if tally.cycle is None:
        used = {quarter.cycle.period: quarter for quarter in tally.quarters.select_related("cycle")}
        return used == current_quarters(tally.plan)
    return parts_digest(input_parts(described_inputs(tally.cycle), tally.engine_version)) == tally.inputs_digest


def are_quarters_published(tally: Tally) -> bool:
    return not tally.quarters.exclude(status=Tally.Status.PUBLISHED).exists()
