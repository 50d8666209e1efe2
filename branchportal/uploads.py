"""The one guarded door for files that are kept: what is taken in, what it is called, what is asked beside the form.

A file is read in a process of its own that may use 190 MB and 4 seconds (`file_reader/`): its kind by name, first
bytes and content; pictures drawn anew; nothing in a PDF or an Office file that acts or leads out.
"""

import json
import re
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from .errors import PortalError

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXTENSIONS = {"pdf": PDF, "jpg": JPEG, "jpeg": JPEG, "png": PNG, "docx": DOCX, "xlsx": XLSX}
KINDS = {PDF: "pdf", JPEG: "jpeg", PNG: "png", DOCX: "docx", XLSX: "xlsx"}
INLINE = (PDF, JPEG, PNG)
ACCEPT = ".pdf,.jpg,.jpeg,.png,.docx,.xlsx"
LONGEST_NAME = 120
READER = Path(__file__).with_name("file_reader")
WALL_SECONDS = 20  # for a machine that is busy; the reader's own 4 seconds are of computing
_two_at_a_time = threading.BoundedSemaphore(2)  # so that many uploads at once do not take the machine's memory
DECLARED = "no_secrets"  # the tick beside every upload form
SECRET_WORDS = re.compile("绝密|机密|秘密|涉密|密级")

SENTENCES = {
    "broken_picture": gettext_noop("“%(name)s” is damaged and cannot be opened as a picture."),
    "too_many_pixels": gettext_noop("“%(name)s” has more than 50 million pixels. Make the picture smaller."),
    "too_many_scans": gettext_noop("“%(name)s” is damaged and cannot be opened as a picture."),
    "broken_pdf": gettext_noop("“%(name)s” is damaged and cannot be opened as a PDF."),
    "locked": gettext_noop("“%(name)s” is locked with a password, so nobody could read it. Save it without one."),
    "no_pages": gettext_noop("“%(name)s” has no pages."),
    "pdf_script": gettext_noop("“%(name)s” contains a program or a form. Print it to a new PDF and upload that."),
    "pdf_launch": gettext_noop("“%(name)s” opens or sends something by itself. Print it to a new PDF and upload that."),
    "pdf_attachment": gettext_noop(
        "“%(name)s” carries other files or films. Print it to a new PDF, and upload what it carries by itself."
    ),
    "pdf_more": gettext_noop(
        "“%(name)s” holds something else behind the end of the PDF. Print it to a new PDF and upload that."
    ),
    "wrong_kind": gettext_noop("“%(name)s” is not what its name says. Save it again as a real %(kind)s file."),
    "broken_office": gettext_noop("“%(name)s” is damaged. Open it in Word, Excel or WPS and save it again."),
    "macros": gettext_noop("“%(name)s” contains macros or embedded programs. Save it without them, or as PDF."),
    "links": gettext_noop("“%(name)s” fetches content from other files or addresses. Save it as PDF and upload that."),
    "too_much": gettext_noop("“%(name)s” unpacks to far too much. Save it anew, or as PDF."),
    "unreadable": gettext_noop("“%(name)s” could not be looked through in time. Save it anew, or as PDF."),
}  # fmt: skip


class FileRefused(PortalError):  # noqa: N818 - the house names refusals by what they say
    """An upload that is not stored; the sentence names the file and the cure (400)."""

    code = "file_refused"


@dataclass(frozen=True)
class Accepted:
    """A file as it is stored: display name, extension, type, content (pictures are new ones without hidden data)."""

    name: str
    extension: str
    content_type: str
    content: bytes


def accept_file(name: str, content: bytes, most_bytes: int) -> Accepted:
    """Check one upload and return what is stored of it.

    Raises: FileRefused for an empty, too large, disguised, damaged, locked or active file.
    """
    name = display_name(name)
    if not content:
        raise FileRefused(_("“%(name)s” is empty. Choose the file again.") % {"name": name})
    if len(content) > most_bytes:
        text = _(
            "“%(name)s” is larger than %(limit)d MB. Make it smaller, for example by scanning at a lower resolution."
        )
        raise FileRefused(text % {"name": name, "limit": most_bytes // 1024 // 1024})
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    wanted = EXTENSIONS.get(extension)
    if wanted is None:
        raise FileRefused(_("“%(name)s” is not accepted. Possible are PDF, JPG, PNG, DOCX and XLSX.") % {"name": name})
    if not _begins_like(content, wanted):
        raise refusal("wrong_kind", name)
    return Accepted(name, extension, wanted, _looked_through(name, content, KINDS[wanted]))


def display_name(name: str) -> str:
    """The last part of a file's name without control, direction and path characters; display text only."""
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(char for char in name if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
    name = re.sub(r'[<>:"|?*]', "_", name).strip(" .")
    stem, dot, extension = name.rpartition(".")
    if dot and len(name) > LONGEST_NAME:
        name = stem[: LONGEST_NAME - len(extension) - 1] + dot + extension[:20]
    return name[:LONGEST_NAME] or _("file")


def refusal(code: str, name: str) -> FileRefused:
    """The sentence of a refusal; `name` is a display name."""
    return FileRefused(_(SENTENCES[code]) % {"name": name, "kind": name.rpartition(".")[2].upper()})


def looks_secret(text: str) -> bool:
    """Whether a name or a note has a word that documents with state secrets bear (涉密不上网): a warning, no proof."""
    return bool(SECRET_WORDS.search(text or ""))


def require_declaration(data: Mapping[str, str]) -> None:
    """Ask for the tick that the file holds no state secrets. Raises: PortalError without it."""
    if not data.get(DECLARED):
        raise PortalError(
            _("Tick that the file holds no state secrets and no identity cards, then upload it again."), field=DECLARED
        )


def _begins_like(content: bytes, kind: str) -> bool:
    """Whether the first bytes are those of the kind."""
    starts = {PDF: b"%PDF-", JPEG: b"\xff\xd8\xff", PNG: b"\x89PNG\r\n\x1a\n"}
    return content.startswith(starts.get(kind, b"PK\x03\x04"))


def _looked_through(name: str, content: bytes, kind: str) -> bytes:
    """The content to store, after the reader's word on it. Raises: FileRefused."""
    command = [sys.executable, "-I", str(READER), kind]
    try:
        with _two_at_a_time:
            done = subprocess.run(  # noqa: S603 (our own program, no shell, nothing of the user's on the command line)
                command, input=content, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=WALL_SECONDS,
                check=False,
            )  # fmt: skip
    except subprocess.TimeoutExpired as fault:
        raise refusal("unreadable", name) from fault
    line, _end, fresh = done.stdout.partition(b"\n")
    try:
        said = json.loads(line)
    except ValueError as fault:
        raise refusal("unreadable", name) from fault
    if "refused" in said:
        raise refusal(said["refused"], name)
    return fresh if said["fresh"] else content
