"""The benchmark of the live preview compares equal figures, however fast the machine is."""

from benchmarks import preview


def test_the_benchmark_meets_the_exact_fractions(capsys, monkeypatch):
    monkeypatch.setattr(preview, "MOST_MS", 1000.0)
    assert preview.main(1) == 0
    line = capsys.readouterr().out
    assert line.startswith("| live preview of one sheet, 26 indicators, two stages | ")
    assert line.endswith("| equal |\n")
