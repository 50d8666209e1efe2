"""Facts of a year as a whole: those that stand now, and those that a year's tally was computed with."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from branches.models import Branch
from branchportal.bulk import insert_rows

from ..cycles.models import YearPlan
from ..polls.choices import FactKind
from ..polls.models import YearFact
from ..scoring import Layout, Scheme, layout_of
from ..scoring.numbers import IntArray
from .models import Tally


class Fact(NamedTuple):
    """`value_up` of `of_up` for the share of top votes; a flag or veto is its code."""

    kind: str
    code: str
    value_up: int
    of_up: int


Facts = Mapping[int, Sequence[Fact]]  # by branch id, in one order


class TallyFact(models.Model):
    """A fact as a year's tally read it; it stays when the fact itself is withdrawn later."""

    tally = models.ForeignKey(Tally, models.CASCADE, related_name="facts")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=10, choices=FactKind.choices)
    code = models.CharField(_("item"), max_length=20, blank=True)
    value_up = models.BigIntegerField(_("value"))
    of_up = models.BigIntegerField(_("of"))

    class Meta:
        verbose_name = _("fact of a tally")
        constraints = [models.UniqueConstraint(fields=["tally", "branch", "kind", "code"], name="tally_fact_unique")]

    def __str__(self) -> str:
        return f"{self.branch_id} {self.kind} {self.code}"


COLUMNS = ("branch_id", "kind", "code", "value_up", "of_up")


def standing(plan: YearPlan) -> dict[int, list[Fact]]:
    """Accepted facts of the year, in one query."""
    return _grouped(YearFact.objects.filter(plan=plan).counting().values_list(*COLUMNS))


def stored(tally: Tally) -> dict[int, list[Fact]]:
    """What the tally was computed with."""
    return _grouped(TallyFact.objects.filter(tally=tally).values_list(*COLUMNS))


def store(tally: Tally, facts: Facts) -> None:
    """Keep them with a new tally."""
    rows = [(tally.pk, branch, *fact) for branch, found in facts.items() for fact in found]
    insert_rows(TallyFact, ("tally", "branch", "kind", "code", "value_up", "of_up"), rows)


def put(scheme: Scheme, given: IntArray, facts: Iterable[Fact]) -> list[str]:
    """Write a branch's facts into its given row; returns the codes of its vetoes. What the scheme lacks is left out."""
    layout: Layout = layout_of(scheme)
    vetoes = []
    for fact in facts:
        if fact.kind == FactKind.SCORE:
            layout.put_poll_score(given, fact.value_up)
        elif fact.kind == FactKind.TOP_SHARE:
            layout.put_top_share(given, fact.value_up, fact.of_up)
        elif fact.kind == FactKind.FLAG and fact.code in layout.flags:
            layout.put_flag(given, fact.code, True)
        elif fact.kind == FactKind.VETO and any(veto.code == fact.code for veto in scheme.veto):
            vetoes.append(fact.code)
    return vetoes


def _grouped(rows: Iterable[tuple]) -> dict[int, list[Fact]]:
    found: dict[int, list[Fact]] = {}
    for branch, *fact in sorted(rows):
        found.setdefault(branch, []).append(Fact(*fact))
    return found
