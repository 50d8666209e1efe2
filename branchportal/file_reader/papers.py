"""PDFs: readable by everybody, and nothing in them that acts, sends or carries another file."""

import io
import zipfile
from collections.abc import Iterator

import pikepdf

from .limits import MOST_DEPTH, MOST_OBJECTS, Refused

BY_KEY = {
    "/JS": "pdf_script",
    "/JavaScript": "pdf_script",
    "/XFA": "pdf_script",
    "/EmbeddedFiles": "pdf_attachment",
    "/EF": "pdf_attachment",
    "/RichMediaContent": "pdf_attachment",
}
BY_ACTION = {
    "/JavaScript": "pdf_script",
    "/Launch": "pdf_launch",
    "/ImportData": "pdf_launch",
    "/SubmitForm": "pdf_launch",
    "/GoToR": "pdf_launch",
    "/GoToE": "pdf_attachment",
    "/Rendition": "pdf_attachment",
    "/Movie": "pdf_attachment",
}
BY_SUBTYPE = {"/FileAttachment": "pdf_attachment", "/RichMedia": "pdf_attachment", "/Movie": "pdf_attachment"}


BY_ITSELF = ("/OpenAction", "/AA")  # what a reader does without being asked
MOST_STEPS = 50
END, PADDING = b"%%EOF", b"\0\t\n\r\x0c\x1a "


def check_pdf(content: bytes) -> None:
    """Open the document and look at every object. Raises: Refused."""
    _whole, end, rest = content.rpartition(END)
    if zipfile.is_zipfile(io.BytesIO(content)) or (end and rest.strip(PADDING)):
        raise Refused("pdf_more")
    try:
        with pikepdf.open(io.BytesIO(content)) as document:
            if len(document.objects) > MOST_OBJECTS:
                raise Refused("too_much")
            if not len(document.pages):
                raise Refused("no_pages")
            for found in _dictionaries(document):
                _check(found)
    except pikepdf.PasswordError as fault:
        raise Refused("locked") from fault
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError) as fault:
        raise Refused("broken_pdf") from fault


def _dictionaries(document: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Every dictionary, also of streams and inside others; indirect ones are met at their own place."""
    yield document.trailer
    for top in document.objects:
        waiting = [(top, 0)]
        while waiting:
            found, depth = waiting.pop()
            if depth > MOST_DEPTH:
                raise Refused("too_much")
            if isinstance(found, pikepdf.Stream):
                found = found.stream_dict
            if isinstance(found, pikepdf.Dictionary):
                yield found
                inner = list(found.values())
            elif isinstance(found, pikepdf.Array):
                inner = list(found)
            else:
                continue
            waiting += [(each, depth + 1) for each in inner if _is_inside(each)]


def _is_inside(found: object) -> bool:
    return isinstance(found, pikepdf.Dictionary | pikepdf.Array) and not found.is_indirect


def _check(found: pikepdf.Object) -> None:
    keys = set(found.keys())
    for key in keys & BY_KEY.keys():
        raise Refused(BY_KEY[key])
    for key, known in (("/S", BY_ACTION), ("/Subtype", BY_SUBTYPE)):
        code = known.get(str(found[key])) if key in keys and isinstance(found[key], pikepdf.Name) else None
        if code:
            raise Refused(code)
    for key in keys.intersection(BY_ITSELF):
        _check_unasked(found[key])


def _check_unasked(found: pikepdf.Object) -> None:
    """Actions that run when a document or page is opened: an address learns who reads. Raises: Refused."""
    waiting, steps = [found], 0
    while waiting and steps < MOST_STEPS:
        steps, action = steps + 1, waiting.pop()
        if isinstance(action, pikepdf.Array):
            waiting += [each for each in action if isinstance(each, pikepdf.Dictionary)]
        elif isinstance(action, pikepdf.Dictionary) and str(action.get("/Type")) != "/Page":
            if str(action.get("/S")) == "/URI":
                raise Refused("pdf_launch")
            waiting += [each for each in action.values() if isinstance(each, pikepdf.Dictionary | pikepdf.Array)]
    if waiting:
        raise Refused("pdf_launch")
