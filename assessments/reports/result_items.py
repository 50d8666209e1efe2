"""Bonus claims, recorded penalties and vetoes of one result, and what a limit or "once per matter" took away."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from ..results.models import Result
from ..scoring.scheme import Adjustment
from ..scoring.working import AdjustmentWorking
from ..sheets.choices import ClaimStatus
from . import sentences
from .result_working import Explained


@dataclass(frozen=True)
class Item:
    """One claim or record. `counted_up` is what it came to after "once per matter"; penalties are positive too."""

    kind: str  # bonus, penalty, veto, flag
    code: str
    text: str
    level: str
    matter: str
    document: str
    happened_on: str
    count: int
    claimed_up: int | None
    counted_up: int | None
    told: str  # why it does not count in full, or why it was refused
    is_accepted: bool = True


@dataclass(frozen=True)
class Adjustments:
    """All items, and what the limits of items, groups and the whole took away."""

    bonus: Sequence[Item] = ()
    penalty: Sequence[Item] = ()
    vetoes: Sequence[Item] = ()
    bonus_cuts: Sequence[str] = ()
    penalty_cuts: Sequence[str] = ()
    bonus_up: int | None = None
    penalty_up: int | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.bonus or self.penalty or self.vetoes)


def adjustments(result: Result, explained: Explained) -> Adjustments:
    """Claims as they were sealed, joined with the engine's working."""
    working, scheme = explained.working, explained.scheme
    sealed = sealed_claims(result) if working else []
    if working is None:
        return Adjustments()
    texts = {veto.code: veto for veto in working.vetoes}
    vetoes = [
        _item("veto", row, texts[row["item"]].text, told=sentences.veto_sentence(texts[row["item"]], scheme))
        for row in sealed
        if row["kind"] == "veto" and row["item"] in texts
    ]
    if not sealed:  # a year: its vetoes came with the quarters
        vetoes = [_bare_veto(veto.code, veto.text, sentences.veto_sentence(veto, scheme)) for veto in working.vetoes]
    return Adjustments(
        bonus=_claims("bonus", sealed, scheme.bonus, working.bonus),
        penalty=_claims("penalty", sealed, scheme.penalty, working.penalty),
        vetoes=vetoes,
        bonus_cuts=_cuts(scheme.bonus, working.bonus),
        penalty_cuts=_cuts(scheme.penalty, working.penalty),
        bonus_up=result.bonus_up,
        penalty_up=result.penalty_up,
    )


def sealed_claims(result: Result) -> list[dict]:
    """The claims that were sealed with the sheet, accepted or not."""
    if result.sheet_id is None or not result.sheet.frozen_claims:
        return []
    return json.loads(result.sheet.frozen_claims)["claims"]


def _claims(kind: str, sealed: list[dict], part: Adjustment, working: AdjustmentWorking | None) -> list[Item]:
    """Each sealed claim with what the engine counted; the order of accepted ones is that of the sealed block."""
    texts = {item.code: item.text for item in part.items}
    counted = list(working.claims) if working else []
    found = []
    for row in (row for row in sealed if row["kind"] == kind):
        text = texts.get(row["item"], row["item"])
        key = (row["item"], row["level"], row["matter"], row["count"])
        match = next((one for one in counted if (one.item, one.level, one.matter, one.count) == key), None)
        if row["status"] in (ClaimStatus.ACCEPTED, ClaimStatus.RECORDED) and match is not None:
            counted.remove(match)
            told = sentences.claim_cut(match)
            found.append(_item(kind, row, text, match.claimed_up, match.counted_up, told))
        else:
            found.append(_item(kind, row, text, None, 0, row["reason"], is_accepted=False))
    return found


def _item(
    kind: str,
    row: dict,
    text: str,
    claimed_up: int | None = None,
    counted_up: int | None = None,
    told: str = "",
    *,
    is_accepted: bool = True,
) -> Item:
    return Item(
        kind=kind,
        code=row["item"],
        text=text,
        level=row["level"],
        matter=row["matter"],
        document=row["document"],
        happened_on=row["happened_on"],
        count=row["count"],
        claimed_up=claimed_up,
        counted_up=counted_up,
        told=told,
        is_accepted=is_accepted,
    )


def _bare_veto(code: str, text: str, told: str) -> Item:
    return Item("veto", code, text, "", "", "", "", 1, None, None, told)


def _cuts(part: Adjustment, working: AdjustmentWorking | None) -> list[str]:
    """What the limits took, from the item to the whole."""
    if working is None:
        return []
    names = {item.code: item.text for item in part.items}
    told = [sentences.step_cut(step, "item", names.get(step.code, step.code)) for step in working.items]
    told += [sentences.step_cut(step, "group", step.code) for step in working.groups]
    told.append(sentences.step_cut(working.overall, "overall"))
    return [text for text in told if text]
