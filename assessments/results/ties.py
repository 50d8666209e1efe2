"""Undecided places (待定（并列）): which branches are tied across the last place of which quota."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .models import QuotaLine, Result, Tally


@dataclass(frozen=True)
class Tie:
    """Branches of equal rank who compete for fewer places than they are."""

    line: QuotaLine
    members: Sequence[Result]
    group_name: str

    @property
    def key(self) -> str:
        """Names the tie in an address: "5-organ"; where a group has places under several schemes, with the scheme."""
        of_scheme = f"-{self.line.scheme_version_id}" if self.line.tally.is_mixed else ""
        return f"{self.line.stars}-{self.line.group}{of_scheme}"


def ties_of(tally: Tally, lines: Iterable[QuotaLine] | None = None) -> list[Tie]:
    """The ties of a candidate, best stars first. `lines`: all its quota lines, where they have been read.

    Two queries, with `lines` one; none when nothing is undecided.
    """
    if not tally.undecided_count:
        return []
    undecided = list(
        Result.objects.filter(tally=tally, status=Result.Status.UNDECIDED).for_table().order_by("position")
    )
    found = []
    for line in QuotaLine.objects.filter(tally=tally, tied__gt=0) if lines is None else lines:
        if not line.tied:
            continue
        line.tally = tally
        members = [result for result in undecided if _is_tied(result, line)]
        found.append(Tie(line, members, _group_name(line, members)))
    return found


def _is_tied(result: Result, line: QuotaLine) -> bool:
    tied = any(reason["code"] == "tied" and reason["stars"] == line.stars for reason in result.reasons)
    groups = {"sector": result.sector.code, "committee": result.organization.code}
    is_same = not line.tally.is_mixed or line.tally.plan.version_for(result.sector_id).pk == line.scheme_version_id
    return tied and is_same and groups.get(line.within, line.group) == line.group


def _group_name(line: QuotaLine, members: Sequence[Result]) -> str:
    if not members or line.within == "all":
        return ""
    return members[0].sector.name if line.within == "sector" else members[0].organization.name
