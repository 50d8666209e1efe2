"""What makes a tally reproducible: canonical JSON of its inputs, decisions and results, and SHA-256 over it.

Figures are whole micro-points, keys are sorted, branches stand in the order of their codes; no ids of the database,
no times, no paths. (RFC 8785 asks for the same bytes: no number here needs more than 53 bits.)

Rows of inputs and results are written column by column, as the same bytes `canonical` would make of them: a hundred
thousand rows take a third of a second instead of three. Everything is UTF-8 from the start, so nothing long is encoded.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from json.encoder import encode_basestring
from typing import TypeAlias

import numpy as np

from branchportal.cells import Column, EvenColumn, NumberColumn, TextColumn, rows

from ..scoring import ENGINE_VERSION
from .gather import Inputs

FORMAT = 1
RESULT_FIELDS = (
    "status", "base_up", "bonus_up", "penalty_up", "total_up", "graded_up", "stars_opened", "stars_limited", "stars",
    "grade", "rank_all", "rank_sector", "reasons", "is_vetoed",
)  # fmt: skip
INPUT_FIELDS = ("branch", "committee", "exempt", "previous_stars", "sector", "sheet", "status")

Parts: TypeAlias = Mapping[str, bytes]


def canonical_text(content: object) -> str:
    """JSON with sorted keys and no spaces: equal content, equal text."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical(content: object) -> bytes:
    """The same as UTF-8."""
    return canonical_text(content).encode()


def sha256(content: object) -> str:
    return hashlib.sha256(canonical(content)).hexdigest()


def input_parts(inputs: Inputs, engine: str = ENGINE_VERSION) -> dict[str, bytes]:
    """Everything that decides the figures, each part as canonical JSON: engine, scheme, period, sealed sheets by
    digest, facts of branches."""
    said = {
        "format": FORMAT,
        "engine": engine,
        **_schemes(inputs),
        "period": inputs.period,
        "purpose": str(inputs.cycle.purpose) if inputs.cycle else "year",
        "quarters": {period: tally.digest for period, tally in inputs.quarters.items()},
    }
    entries = inputs.entries
    columns = (
        [entry.code for entry in entries],
        [entry.organization for entry in entries],
        [entry.exempt_reason if entry.status == "exempt" else None for entry in entries],
        [entry.previous_stars for entry in entries],
        [entry.sector for entry in entries],
        [entry.digest or None for entry in entries],
        [str(entry.status) for entry in entries],
    )
    if inputs.facts:  # a year without facts keeps the digest that it had before there were any
        codes = {entry.branch_id: entry.code for entry in inputs.entries}
        said["facts"] = sorted([codes[key], *fact] for key, found in inputs.facts.items() for fact in found)
    parts = {name: canonical(value) for name, value in said.items()}
    texts = {name: [_json_column(column)] for name, column in zip(INPUT_FIELDS, columns, strict=True)}
    return parts | {"inputs": _table(texts, len(entries))}


def _schemes(inputs: Inputs) -> dict[str, object]:
    """The scheme; of several each with its sectors, in the order of codes and versions."""
    said = [
        {"code": group.version.scheme.code, "version": group.version.version, "digest": group.version.digest}
        for group in inputs.groups
    ]
    if len(said) == 1:
        return {"scheme": said[0]}
    sectors = [sorted({entry.sector for entry in group.entries}) for group in inputs.groups]
    return {"schemes": [one | {"sectors": theirs} for one, theirs in zip(said, sectors, strict=True)]}


def parts_digest(parts: Parts) -> str:
    """SHA-256 over an object whose members are canonical JSON already."""
    found = hashlib.sha256(b"{")
    for at, name in enumerate(sorted(parts)):
        found.update(f'{"," if at else ""}"{name}":'.encode())
        found.update(parts[name])
    found.update(b"}")
    return found.hexdigest()


def tally_digest(parts: Parts, decisions: Iterable[Mapping[str, object]], results: bytes) -> str:
    """The digest that a publication shows: inputs, people's decisions and results (`results_text`) together."""
    said = sorted(decisions, key=lambda decision: str(decision["branch"]))
    return parts_digest({**parts, "decisions": canonical(said), "results": results})


def decision_content(branch: str, stars: int, reason: str) -> dict[str, object]:
    return {"branch": branch, "stars": stars, "reason": reason}


def results_text(codes: Sequence[str], columns: Mapping[str, Sequence[object]], dimensions: Sequence[bytes]) -> bytes:
    """Results as canonical JSON; `columns` by RESULT_FIELDS, `dimensions` as stored: int64 pairs, one for each
    first-level indicator of the branch's own scheme.
    """
    texts: dict[str, list[bytes | Column]] = {name: [_json_column(columns[name])] for name in RESULT_FIELDS}
    texts["dimensions"] = _pairs(dimensions)
    return _table(texts | {"branch": [_json_column(codes)]}, len(codes))


def _pairs(dimensions: Sequence[bytes]) -> list[bytes | Column]:
    """Pairs as lists of lists; schemes of different length have texts of their own."""
    if len(set(map(len, dimensions))) > 1:
        return [TextColumn.of(dimensions, lambda different: [canonical(_list_of(one)) for one in different])]
    table = np.frombuffer(b"".join(dimensions), dtype="<i8").reshape(len(dimensions), -1, 2)
    pairs: list[bytes | Column] = []
    for at in range(table.shape[1]):
        earned, possible = (NumberColumn(table[:, at, of]) for of in (0, 1))
        pairs += [b",[" if at else b"[", earned, b",", possible, b"]"]
    return [b"[", *pairs, b"]"]


def _list_of(dimensions: bytes) -> list[list[int]]:
    found: list[list[int]] = np.frombuffer(dimensions, dtype="<i8").reshape(-1, 2).tolist()
    return found


def _json_column(values: Sequence[object]) -> Column:
    """Every value as JSON: numbers at once, equal texts and lists once."""
    kinds = set(map(type, values))
    if list in kinds:
        return TextColumn.of(list_texts(values), lambda texts: [text.encode() for text in texts])
    if kinds <= {int, type(None)}:
        return NumberColumn.of(values, b"null")
    if kinds == {str} and _is_plain(values) and (even := EvenColumn.quoted(values)):
        return even
    return TextColumn.of(values, _json_texts)


def _is_plain(values: Sequence[str]) -> bool:
    """Whether JSON escapes nothing in these texts."""
    text = "".join(values)
    return len(encode_basestring(text)) == len(text) + 2


def _json_texts(values: Sequence[object]) -> list[bytes]:
    """Texts, truth values or nulls; texts in which nothing is escaped are quoted all at once."""
    if set(map(type, values)) == {str} and _is_plain(values):
        return ('"' + '"\n"'.join(values) + '"').encode().split(b"\n")
    return [encode_basestring(one).encode() if isinstance(one, str) else json.dumps(one).encode() for one in values]


def list_texts(values: Sequence[list]) -> list[str]:
    """Lists as canonical JSON; most of the reasons are empty or one of few."""
    known: dict[str, str] = {}
    found = []
    for value in values:
        if not value:
            found.append("[]")
            continue
        key = str(value)
        if key not in known:
            known[key] = canonical_text(value)
        found.append(known[key])
    return found


def _table(columns: Mapping[str, Sequence[bytes | Column]], count: int) -> bytes:
    """Columns as a list of objects. A value is put together of parts: columns of JSON, and what stands between them."""
    parts: list[bytes | Column] = []
    for at, name in enumerate(sorted(columns)):
        parts += [f'{"," if at else ",{"}"{name}":'.encode(), *columns[name]]
    found = b"".join(rows([*parts, b"}"], count))
    return b"[" + found[1:] + b"]"
