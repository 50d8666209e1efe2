"""Drawing branches so that anybody can repeat it with a seed and a list: no Django, no random generator.

Within a group the branches stand in the order of SHA-256("seed:code"); the first ones are drawn. Nobody can steer the
order without another seed, and the same seed and list give the same draw for ever, on any machine. With groups
(分层) each gives in proportion to its size by largest remainders, at least one while there are enough places; among
equal remainders the group whose SHA-256("seed:name") comes first.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Population = Sequence[tuple[str, str]]  # (code of the branch, group it is drawn from)


@dataclass(frozen=True)
class Drawn:
    """One branch drawn: its place in the order of drawing, from 1."""

    code: str
    stratum: str
    place: int


def draw(population: Population, number: int, seed: str, *, stratified: bool) -> list[Drawn]:
    """Draw `number` branches (all, where there are fewer), sorted by group and place."""
    groups: dict[str, list[str]] = defaultdict(list)
    for code, stratum in population:
        groups[stratum if stratified else ""].append(code)
    names = dict(population)
    places = shares({name: len(codes) for name, codes in groups.items()}, number, seed)
    found = []
    for name in sorted(groups):
        ordered = sorted(groups[name], key=lambda code: (_rank(seed, code), code))
        found += [Drawn(code, names[code], at) for at, code in enumerate(ordered[: places[name]], 1)]
    return found


def shares(sizes: dict[str, int], number: int, seed: str) -> dict[str, int]:
    """How many each group gives."""
    total = sum(sizes.values())
    number = min(number, total)
    if number >= total:
        return dict(sizes)
    least = 1 if number >= len(sizes) else 0
    places = {name: max(least, number * size // total) for name, size in sizes.items()}

    def order(name: str) -> tuple[int, str]:
        return -(number * sizes[name] % total), _rank(seed, name)

    while (left := number - sum(places.values())) != 0:
        if left > 0:
            for name in sorted((name for name in sizes if places[name] < sizes[name]), key=order)[:left]:
                places[name] += 1
        else:  # the least of one each took more than there is: the largest groups give back
            name = max((name for name in sizes if places[name] > least), key=lambda each: (places[each], order(each)))
            places[name] -= 1
    return places


def _rank(seed: str, text: str) -> str:
    return hashlib.sha256(f"{seed}:{text}".encode()).hexdigest()


def pack(population: Iterable[tuple[str, str]]) -> str:
    """The list as it is kept: canonical JSON, sorted by code."""
    return json.dumps(sorted(map(list, population)), ensure_ascii=False, separators=(",", ":"))


def unpack(text: str) -> list[tuple[str, str]]:
    """The list again."""
    return [(code, stratum) for code, stratum in json.loads(text or "[]")]
