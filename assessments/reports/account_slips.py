"""Account slips (账号条): a card per person to cut out; a password only where it was made just now."""

from collections.abc import Sequence
from dataclasses import dataclass

from branchportal import pdf

TEMPLATE = "pdf/account_slips.html"
PAGE_SLIPS = 6


@dataclass(frozen=True)
class SlipRow:
    """What one card says. `password` is empty where the person has one already."""

    name: str
    username: str
    place: str  # branch or organization
    office: str
    password: str = ""


def account_slips_pdf(rows: Sequence[SlipRow], *, heading: str, address: str = "") -> pdf.Paper:
    """The cards, six a page, with lines to cut along. `address` is where to sign in."""
    pages = [rows[start : start + PAGE_SLIPS] for start in range(0, len(rows), PAGE_SLIPS)]
    context = {"pages": pages, "heading": heading, "address": address}
    return pdf.render(TEMPLATE, context, styles=("pdf/paper.css", "pdf/slips.css"))
