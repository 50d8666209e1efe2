"""What a new scheme and a new entry begin with."""

from .codes import next_entry, next_indicator
from .places import Content, at, split

STARS = ((5, "五星", 90), (4, "四星", 80), (3, "三星", 70), (2, "二星", 60), (1, "一星", 0))
MOST_ENTRIES = 400  # of one list: a guard against a page that nobody can read


def blank_scheme(code: str, version: str, name: str) -> Content:
    """A scheme of 100 points with five stars and four quarters, and no indicator yet."""
    return {
        "code": code,
        "version": version,
        "name": name,
        "full_marks": 100,
        "round_before_banding": 2,
        "indicators": [],
        "components": [{"source": "review", "weight": 1}],
        "bands": [{"stars": stars, "grade": grade, "from": start} for stars, grade, start in STARS],
        "year": {"periods": ["Q1", "Q2", "Q3", "Q4"], "method": "mean", "missing": "block"},
    }


def blank_entry(content: Content, list_path: str) -> Content:
    """A new entry of a list: it has its code, and nothing that only a person can know."""
    if list_path.endswith("bands"):
        return {"stars": 0, "grade": ""}
    if list_path == "indicators":
        return {"code": next_indicator(content, None), "name": ""}
    if list_path.endswith(".children"):
        return {"code": next_indicator(content, at(content, list_path.rpartition(".")[0])), "name": ""}
    return {"code": next_entry(content, list_path.partition(".")[0]), "text": ""}


def list_of(path: str) -> str:
    """The list that an entry of this path stands in, or that a tab shows."""
    if path.endswith("]"):
        return split(path)[0]
    return {"bonus": "bonus.items", "penalty": "penalty.items", "year": "year.bands"}.get(path, path)
