"""S12: the checklist of the ASVS is whole, and what it names as proof exists."""

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
CHECKLIST = ROOT / "docs" / "asvs.md"
SIZES = {"1": 70, "2": 183, "3": 10}  # of version 5.0.0; of level 3 the chosen ones
# Requirements of levels 1 and 2 by chapter, and the chosen ones.
CHAPTERS = {1: 28, 2: 12, 3: 19, 4: 10, 5: 12, 6: 35, 7: 18, 8: 8, 9: 7, 10: 29, 11: 14, 12: 9, 13: 13, 14: 11, 15: 14,
            16: 17, 17: 7}  # fmt: skip
VERDICTS = ("met", "not met", "n/a")


class Row(NamedTuple):
    """One requirement of the checklist."""

    number: str
    level: str
    verdict: str
    where: str


@cache
def rows() -> list[Row]:
    lines = re.findall(r"^\| ([\d., ]+) \| ([123]) \| [^|]+ \| ([^|]+) \| (.+) \|$", CHECKLIST.read_text(), re.M)
    return [Row(number, *rest) for numbers, *rest in lines for number in numbers.split(", ")]


def test_s12_every_requirement_stands_once_with_a_verdict_and_a_reason() -> None:
    assert max(Counter(row.number for row in rows()).values()) == 1
    assert Counter(row.level for row in rows()) == SIZES
    assert Counter(int(row.number.split(".")[0]) for row in rows()) == CHAPTERS
    assert {row.verdict for row in rows()} == set(VERDICTS)
    assert all(row.where.strip() for row in rows())


def test_s12_the_counts_at_the_top_are_those_of_the_rows() -> None:
    found = Counter((row.level, row.verdict) for row in rows())
    names = {"1": "level 1", "2": "level 2", "3": "chosen from level 3"}
    for level, name in names.items():
        figures = [found[level, verdict] for verdict in VERDICTS]
        assert f"| {name} | {' | '.join(map(str, figures))} | {SIZES[level]} |" in CHECKLIST.read_text()


def test_s12_every_file_and_test_that_is_named_exists() -> None:
    missing = []
    for row in rows():
        for name in re.findall(r"`([\w./-]+?/[\w./-]+|[\w-]+\.json)(?:::(\w+))?`", row.where):
            file = ROOT / name[0]
            has_test = not name[1] or (file.is_file() and f"def {name[1]}(" in file.read_text())
            if not file.exists() or not has_test:
                missing.append((row.number, *name))
    assert not missing, missing


def test_s12_what_is_said_to_be_met_names_a_proof_or_a_reason() -> None:
    proved = [row for row in rows() if row.verdict == "met" and "`" in row.where]
    assert len(proved) > 130
