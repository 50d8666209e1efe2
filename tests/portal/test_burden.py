"""docs/burden.md counts what the demonstration scheme asks for; these are the same counts taken from the scheme."""

import re
from collections import Counter
from pathlib import Path

from django.conf import settings

from assessments.schemes.files import read_scheme_yaml
from assessments.scoring import Scheme
from assessments.sheets.gather import is_filled_by_branch

ROOT = Path(settings.BASE_DIR)


def test_the_counts_of_the_page_are_those_of_the_scheme() -> None:
    content = read_scheme_yaml((ROOT / "fixtures" / "schemes" / "demo-wuqiang.yaml").read_bytes())
    rows = Scheme.from_data(content).sheet_leaves("organ")
    own = [leaf for leaf in rows if is_filled_by_branch(leaf)]
    rules = Counter(leaf.rule for leaf in own)
    counted = {
        "rows of the sheet that the branch fills in": len(own),
        "rows of deductions": rules["deduct"],
        "rows with a choice": rules["choice"],
        "rows that count": rules["add"],
        "rows that measure": rules["measure"],
        "rows with points entered": rules["entry"],
        "rows filled in elsewhere": len(rows) - len(own),
        "rows that demand evidence": sum(leaf.evidence == "required" for leaf in own),
        "evidence that may be attached": sum(leaf.evidence != "none" for leaf in own),
    }
    page = (ROOT / "docs" / "burden.md").read_text()
    said = {name: int(re.search(rf"^\| (?:– )?{name}[^|]*\| (\d+) \|", page, re.M)[1]) for name in counted}
    assert said == counted
    assert f"{sum(len(leaf.criteria) for leaf in own)} clauses in {len(own)} rows" in page
