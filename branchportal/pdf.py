"""HTML in, PDF bytes out (WeasyPrint). Called by background tasks only.

Nothing is fetched from anywhere: addresses are `data:` and `font:` (our own fonts), all others are refused.
The fonts and style sheets are read once per process, so a warm worker is faster than plain WeasyPrint.
"""

import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote

from django.template.loader import render_to_string
from PIL import ImageFile
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from . import fonts

# WeasyPrint switches this on for the whole process: half a picture would then pass as evidence.
ImageFile.LOAD_TRUNCATED_IMAGES = False

log = logging.getLogger(__name__)
_one_at_a_time = threading.Lock()  # Pango's font map is shared by all documents of the process


@dataclass(frozen=True)
class Paper:
    """A finished PDF, and the characters that no font has: they stand as 〓 in it."""

    content: bytes
    missing: tuple[str, ...] = ()


class OwnFetcher(URLFetcher):
    """Serves `data:` and the fonts we know by name; everything else is refused, redirects too."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=("data",), allow_redirects=False)

    def fetch(self, url: str, headers: dict | None = None) -> URLFetcherResponse:
        """The content of an allowed address. Raises ValueError for any other."""
        scheme, _colon, name = url.partition(":")
        if scheme.lower() != "font":
            if scheme.lower() != "data":
                log.warning("a PDF asked for %s, which was refused", url[:200])
            return super().fetch(url, headers)
        font = fonts.font_files().get(unquote(name))
        if font is None:
            raise ValueError(f"No such font: {name}")
        return URLFetcherResponse(url, font.path.read_bytes(), {"Content-Type": "font/otf"})


@cache
def font_configuration() -> FontConfiguration:
    """The fonts, loaded once per process and shared by all documents."""
    configuration = FontConfiguration()
    CSS(string=fonts.font_faces(), font_config=configuration, url_fetcher=OwnFetcher())
    return configuration


@cache
def stylesheet(template: str) -> CSS:
    """A style sheet out of the templates (`pdf/paper.css`), parsed once per process."""
    return CSS(string=render_to_string(template), font_config=font_configuration(), url_fetcher=OwnFetcher())


def write(markup: str, *, styles: Iterable[str] = ("pdf/paper.css",)) -> Paper:
    """Set a document. Equal documents give equal bytes on one machine."""
    missing = fonts.unprintable(markup)
    if missing:
        log.warning("no font has %s; printed as 〓", " ".join(f"U+{ord(char):04X}" for char in missing))
        markup = fonts.with_placeholders(markup, missing)
    with _one_at_a_time:
        sheets = [stylesheet(name) for name in styles]
        document = HTML(string=markup, url_fetcher=OwnFetcher())
        content = document.write_pdf(stylesheets=sheets, font_config=font_configuration())
    return Paper(content, tuple(missing))


def markup(template: str, context: dict) -> str:
    """A template as the HTML that `write` takes (autoescaped as every template)."""
    return render_to_string(template, context)


def render(template: str, context: dict, *, styles: Iterable[str] = ("pdf/paper.css",)) -> Paper:
    """A template set as PDF."""
    return write(markup(template, context), styles=styles)
