"""The sheet of links (测评票): a card a person to cut out, with a QR code where phones can reach the portal."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import segno

from branchportal import pdf

from .models import Poll

TEMPLATE = "pdf/poll_cards.html"
STYLES = ("pdf/paper.css", "pdf/poll_cards.css")
PAGE_CARDS = 8


@dataclass(frozen=True)
class Card:
    """One link; its secret stands in this object and in the file, nowhere else."""

    secret: str = field(repr=False)
    group: str


def link_of(address: str, secret: str) -> str:
    """The address that opens a ballot."""
    return f"{address.rstrip('/')}/vote/{secret}/"


def cards_pdf(poll: Poll, cards: Sequence[Card], *, address: str, has_codes: bool) -> pdf.Paper:
    """The cards, eight a page. `has_codes`: phones reach the address, so a QR code helps."""
    rows = []
    for card in cards:
        link = link_of(address, card.secret)
        code = segno.make(link, error="m", micro=False).png_data_uri(scale=4, border=2) if has_codes else ""
        rows.append({"group": card.group, "link": link, "code": code})
    pages = [rows[start : start + PAGE_CARDS] for start in range(0, len(rows), PAGE_CARDS)]
    subject = poll.meeting.name if poll.meeting else poll.branch.name
    context = {
        "pages": pages, "poll": poll, "subject": subject, "period": poll.period_name, "has_codes": has_codes
    }  # fmt: skip
    return pdf.render(TEMPLATE, context, styles=STYLES)
