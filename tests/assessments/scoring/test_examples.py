"""The example schemes, each with marks and with results worked out by hand (fixtures/schemes/examples/README.md)."""

from pathlib import Path

import pytest

from .test_cases import command

EXAMPLES = sorted(path for path in Path("fixtures/schemes/examples").iterdir() if path.is_dir())


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
def test_an_example_gives_what_was_worked_out_by_hand(folder, tmp_path):
    good, lines = command("check", folder / "scheme.yaml")
    assert (good, lines) == (True, [])
    out = tmp_path / "results.csv"
    good, lines = command(
        "score", folder / "scheme.yaml", folder / "marks.csv", "--branches", folder / "branches.csv", "--out", out
    )
    assert good, lines
    expected = (folder / "results.csv").read_text(encoding="utf-8").splitlines()
    assert out.read_text(encoding="utf-8").splitlines() == expected
