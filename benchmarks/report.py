"""One branch report: our warm worker beside plain WeasyPrint on the same HTML, in CPU seconds.

Usage: python benchmarks/report.py [rounds]. Exits with 1 when a figure of the issue is missed.
Plain WeasyPrint gets the same page with the same style sheet and the same font files, as `HTML(string).write_pdf()`
does it: the sheet and the fonts are read anew for every document. A third column shows it with the machine's fonts.
Ours includes the template and both charts. Both results are opened and their text compared, so that nothing is won by
printing less.
"""
# ruff: noqa: E402 - Django must be set up before its parts are imported

import io
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "branchportal.settings")

import django

django.setup()

import pypdf
import weasyprint
from django.template.loader import render_to_string
from django.utils import translation

from assessments.reports.branch_paper import branch_markup, branch_pdf
from branchportal import fonts
from tests.factories.papers import make_paper

MOST_RATIO, MOST_BYTES = 1.5, 400 * 1024


def with_sheet(markup: str, *, own_fonts: bool) -> str:
    """The page as plain WeasyPrint takes it: its style sheet inside, fonts by file address."""
    sheet = render_to_string("pdf/paper.css")
    if own_fonts:
        faces = fonts.font_faces()
        for font in fonts.font_files().values():
            faces = faces.replace(f"font:{font.name}", font.path.as_uri())
        sheet = faces + sheet
    return markup.replace("</head>", f"<style>{sheet}</style></head>")


def cpu_seconds(work: Callable[[], bytes]) -> tuple[float, bytes]:
    begun = time.process_time()
    content = work()
    return time.process_time() - begun, content


def text_of(content: bytes) -> tuple[int, str]:
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return len(pages), "".join("".join(page.extract_text().split()) for page in pages)


def main(rounds: int) -> int:
    translation.activate("zh-hans")
    markup = branch_markup(make_paper())
    plain_page, bare_page = with_sheet(markup, own_fonts=True), with_sheet(markup, own_fonts=False)
    ways: dict[str, Callable[[], bytes]] = {
        "portal": lambda: branch_pdf(make_paper()).content,
        "plain, same fonts": lambda: weasyprint.HTML(string=plain_page).write_pdf(),
        "plain, fonts of the machine": lambda: weasyprint.HTML(string=bare_page).write_pdf(),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    contents = {name: work() for name, work in ways.items()}  # warm
    for _round in range(rounds):
        for name, work in ways.items():
            times[name].append(cpu_seconds(work)[0])
    middle = {name: statistics.median(values) for name, values in times.items()}
    for name, seconds in middle.items():
        pages, _text = text_of(contents[name])
        print(f"{name:28} {seconds * 1000:6.0f} ms  {pages} pages  {len(contents[name]) // 1024:4} KB")
    ours, plain = text_of(contents["portal"]), text_of(contents["plain, same fonts"])
    same, bare = (
        middle["portal"] / middle["plain, same fonts"],
        middle["portal"] / middle["plain, fonts of the machine"],
    )
    print(f"ratio: {same:.2f} with the same fonts, {bare:.2f} with the machine's (at most {MOST_RATIO})")
    assert ours == plain, "both must print the same pages"
    assert "王堃喆" in ours[1]
    return 0 if max(same, bare) <= MOST_RATIO and len(contents["portal"]) <= MOST_BYTES else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
