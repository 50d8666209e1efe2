"""Mutation check of the permission table: each check is taken away in turn, and a cell must miss it.

Not part of the suite: `.venv/bin/pytest -s tests/security/mutants.py` (some minutes; PORTAL_MUTANT_ROLES="NONE SEC" for
fewer roles). A mutant is one line that calls `require(...)`, which then lets everybody pass, or narrows rows down by
`visible_to(user)`, which then gives all. Lines that survive are printed: another check behind them answers alike, or
the table has a gap.
"""

import logging
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.test import Client

from branchportal import access
from members.models import User

from . import addresses, matrix, world
from .addresses import Address
from .matrix import Row
from .test_matrix import BOUND, NO_SCORES, TABLE, _faults, _figures
from .visitor import Visitor

ROOT = str(settings.BASE_DIR)
ROOMS = {"branchportal", "branches", "members", "assessments"}
WALKS = [one for one in addresses.addresses() if any(row in TABLE for row in addresses.rows_of(one))]
ROLES = os.environ.get("PORTAL_MUTANT_ROLES", " ".join(matrix.ROLES)).split()
# Whoever is refused first: there a missing check shows at once.
ORDER = {"D": 0, "0": 1, "A": 2, "L": 3, "–": 4, "?": 5}


class Site(NamedTuple):
    """One line that checks."""

    kind: str
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.kind:10} {Path(self.file).relative_to(ROOT)}:{self.line}"


class Checks:
    """Stands in for `require` and `visible_to`: notes which lines call them, and leaves one of them out."""

    def __init__(self) -> None:
        self.seen: set[Site] = set()
        self.left_out: Site | None = None

    def install(self, patch: pytest.MonkeyPatch) -> None:
        real = access.require

        def require(answer: access.Access) -> None:
            if not self._is_left_out("require", sys._getframe(1)):
                real(answer)

        ours = [one for name, one in list(sys.modules.items()) if name.split(".")[0] in ROOMS]
        for module in (one for one in ours if vars(one).get("require") is real):
            patch.setattr(module, "require", require)
        for kind in {type(model._default_manager.all()) for model in apps.get_models()}:
            if "visible_to" in vars(kind):
                patch.setattr(kind, "visible_to", self._open(kind.visible_to))

    def _open(self, real: Callable) -> Callable:
        def visible_to(rows: models.QuerySet, user: object) -> models.QuerySet:
            narrowed = real(rows, user)
            return rows.all() if self._is_left_out("visible_to", sys._getframe(1)) else narrowed

        return visible_to

    def _is_left_out(self, kind: str, frame: FrameType | None) -> bool:
        while frame and not (frame.f_code.co_filename.startswith(ROOT) and "/.venv/" not in frame.f_code.co_filename):
            frame = frame.f_back
        if frame is None or f"{ROOT}/tests/" in frame.f_code.co_filename:
            return False
        site = Site(kind, frame.f_code.co_filename, frame.f_lineno)
        self.seen.add(site)
        return site == self.left_out


class Walk(NamedTuple):
    """One cell of the table."""

    role: str
    address: Address
    row: Row


@pytest.fixture
def faults_of(
    filled: world.World, cast: dict[str, User], sign_in: Callable[[User], Client]
) -> Iterator[Callable[[Walk], list[str]]]:
    logging.disable(logging.CRITICAL)
    users = {role: cast.get(who) for role, who in matrix.CAST.items()}
    visitors = {role: Visitor(sign_in(user) if user else Client()) for role, user in users.items()}
    near = {role: filled.near | ({"task": world.own_task(user)} if user else {}) for role, user in users.items()}
    figures = _figures()

    def ask(walk: Walk) -> list[str]:
        own = figures if walk.role in NO_SCORES else []
        secrets = own + ([world.STRANGERS.encode()] if walk.role in BOUND else [])
        visitors[walk.role].client.raise_request_exception = False
        return list(_faults(visitors[walk.role], *walk, near[walk.role], filled.far, secrets))

    yield ask
    logging.disable(logging.NOTSET)


@pytest.mark.django_db
def test_every_check_that_is_taken_away_is_missed(
    faults_of: Callable[[Walk], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = Checks()
    checks.install(monkeypatch)
    reached: dict[Site, list[Walk]] = defaultdict(list)
    before: list[str] = []
    for role in ROLES:
        for address in WALKS:
            for row in addresses.rows_of(address):
                checks.seen = set()
                before += faults_of(Walk(role, address, row))
                for site in checks.seen:
                    reached[site].append(Walk(role, address, row))
    tell(f"{len(reached)} lines that check; {len(before)} cells wrong before", *before[:20])
    survivors = []
    for site in sorted(reached):
        checks.left_out = site
        walks = sorted(reached[site], key=lambda walk: ORDER[TABLE.get(walk.row, {}).get(walk.role, "?")])
        if not any(set(faults_of(walk)) - set(before) for walk in walks):
            survivors.append(site)
            tell(f"survived: {site} ({len(walks)} cells)")
    tell(f"{len(reached) - len(survivors)} of {len(reached)} were missed")


def tell(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
