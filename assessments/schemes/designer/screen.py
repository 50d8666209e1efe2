"""Everything that the designer's page shows of one state of a draft."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...scoring import check
from . import wording
from .choices import Around, conditions
from .fields import Choices
from .forms import PlaceForm
from .inwords import has_words, in_words
from .making import form_for
from .moves import TABS_WITH_LISTS, is_scored
from .overview import Line, Tree, entries, tree
from .places import DEEPEST, TABS, Content, Place, at, listed, nearest, split, walk
from .problems import Located, located


@dataclass(frozen=True)
class Tab:
    """One part of the scheme with the number of problems in it."""

    path: str
    name: str
    problems: int
    is_open: bool


@dataclass(frozen=True)
class Tool:
    """One step that a button offers; `is_possible` False keeps the button, so that the focus stays on it."""

    verb: str
    is_possible: bool


class Screen:
    """One state of a draft with one place open. `form` is what was typed; without it the stored values are shown."""

    def __init__(self, content: Content, path: str, sectors: Choices, form: PlaceForm | None = None) -> None:
        self.content, self.sectors = content, sectors
        self.place: Place = nearest(content, path)
        self.form = form or form_for(self.place, Around.of(content, sectors, self.place.tab))

    @cached_property
    def problems(self) -> list[Located]:
        return located(self.content, check(self.content), dict(self.sectors))

    @cached_property
    def counts(self) -> Counter[str]:
        return Counter(problem.path for problem in self.problems)

    @property
    def errors(self) -> int:
        return sum(problem.is_error for problem in self.problems)

    @property
    def hints(self) -> int:
        return len(self.problems) - self.errors

    @cached_property
    def notes(self) -> dict[str, list[str]]:
        """What the check says of the open form, by field; under the empty name what has no field on it."""
        found: dict[str, list[str]] = {}
        known = self.form.field_names
        for problem in self.problems:
            if problem.path == self.place.path:
                found.setdefault(problem.field if problem.field in known else "", []).append(problem.text)
        return found

    @property
    def tabs(self) -> list[Tab]:
        by_tab: Counter[str] = Counter()
        for problem in self.problems:
            by_tab[Place(problem.path, "", {}).tab] += 1
        return [Tab(tab, str(wording.TAB_NAMES[tab]), by_tab[tab], tab == self.place.tab) for tab in TABS]

    @cached_property
    def tree(self) -> Tree | None:
        return tree(self.content, dict(self.sectors), self.counts) if self.place.tab == "indicators" else None

    @cached_property
    def entries(self) -> list[Line]:
        has_list = self.place.tab in TABS_WITH_LISTS and self.place.tab != "indicators"
        return entries(self.content, self.place.tab, self.counts) if has_list else []

    @property
    def has_list(self) -> bool:
        return self.place.tab in TABS_WITH_LISTS

    @property
    def heading(self) -> str:
        return wording.place_name(self.place)

    @property
    def tools(self) -> list[Tool]:
        """The steps of an entry, in the order of the buttons."""
        place = self.place
        if not place.is_entry:
            return []
        name, number = split(place.path)
        found = at(self.content, name)
        last = len(found) - 1 if isinstance(found, list) else 0
        tools = [Tool("up", number > 0), Tool("down", number < last)]
        if place.kind == "indicator":
            tools += [Tool("in", number > 0), Tool("out", place.depth > 1), Tool("child", place.depth < DEEPEST)]
        return [*tools, Tool("add", True), Tool("copy", True)]

    @property
    def takes_over(self) -> bool:
        """Whether a first child would take the scoring rule over."""
        return self.place.kind == "indicator" and is_scored(self.place.node)

    @property
    def goes(self) -> tuple[int, int]:
        """What a removal takes along: indicators below, criteria below."""
        below = [node for _path, node in walk({"indicators": listed(self.place.node, "children")})]
        criteria = sum(len(listed(node, "criteria")) for node in [self.place.node, *below])
        return len(below), criteria

    @property
    def examples(self) -> list[str]:
        return in_words(self.content, self.place)

    @property
    def shows_examples(self) -> bool:
        return has_words(self.place)

    @property
    def conditions(self) -> Choices:
        return conditions()

    @property
    def was(self) -> str:
        """What tells this place from others when somebody has moved it: its code, or the grade."""
        found: Any = self.place.node.get("grade" if self.place.kind == "band" else "code")
        return found if self.place.is_entry and isinstance(found, str) else ""
