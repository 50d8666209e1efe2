"""What an uploaded file really is: type by content, checked against its name, made harmless where it can be."""

import io
import re
import unicodedata
import warnings
import zipfile
from dataclasses import dataclass

import pikepdf
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from branchportal.errors import PortalError

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXTENSIONS = {"pdf": PDF, "jpg": JPEG, "jpeg": JPEG, "png": PNG, "docx": DOCX, "xlsx": XLSX}
INLINE = (PDF, JPEG, PNG)
ACCEPT = ".pdf,.jpg,.jpeg,.png,.docx,.xlsx"
OFFICE_PARTS = {DOCX: "word/document.xml", XLSX: "xl/workbook.xml"}
MOST_PIXELS = 50_000_000
MOST_MEMBERS = 2_000
MOST_UNPACKED = 200 * 1024 * 1024
LONGEST_NAME = 120


class FileRefused(PortalError):  # noqa: N818 - the house names refusals by what they say
    """An upload that is not stored; the sentence names the file and the cure (400)."""

    code = "file_refused"


@dataclass(frozen=True)
class Accepted:
    """A file as it is stored: display name, extension, type, content (images are new ones without EXIF)."""

    name: str
    extension: str
    content_type: str
    content: bytes


def accept_file(name: str, content: bytes, most_bytes: int) -> Accepted:
    """Check one upload and return what is stored of it.

    Raises: FileRefused for an empty, too large, disguised, damaged, locked or macro-carrying file.
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
    if _kind(content) != wanted:
        text = _("“%(name)s” is not what its name says. Save it again as a real %(kind)s file.")
        raise FileRefused(text % {"name": name, "kind": extension.upper()})
    if wanted in (JPEG, PNG):
        content = _fresh_image(name, content, "JPEG" if wanted == JPEG else "PNG")
    elif wanted == PDF:
        _check_pdf(name, content)
    else:
        _check_office(name, content)
    return Accepted(name, extension, wanted, content)


def display_name(name: str) -> str:
    """The last part of a file's name without control, direction and path characters; display text only."""
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(char for char in name if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co"))
    name = re.sub(r'[<>:"|?*]', "_", name).strip(" .")
    stem, dot, extension = name.rpartition(".")
    if dot and len(name) > LONGEST_NAME:
        name = stem[: LONGEST_NAME - len(extension) - 1] + dot + extension[:20]
    return name[:LONGEST_NAME] or _("file")


def _kind(content: bytes) -> str:
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    return _office_kind(content) if content.startswith(b"PK\x03\x04") else ""


def _office_kind(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as container:
            names = set(container.namelist())
    except (zipfile.BadZipFile, ValueError, OSError):
        return ""
    if "[Content_Types].xml" not in names:
        return ""
    return next((kind for kind, part in OFFICE_PARTS.items() if part in names), "")


def _fresh_image(name: str, content: bytes, kind: str) -> bytes:
    """The picture drawn anew: turned upright, without place, camera or any other hidden data."""
    damaged = FileRefused(_("“%(name)s” is damaged and cannot be opened as a picture.") % {"name": name})
    out = io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=[kind]) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    text = _("“%(name)s” has more than 50 million pixels. Make the picture smaller.")
                    raise FileRefused(text % {"name": name})
                upright = ImageOps.exif_transpose(picture)
                if kind == "JPEG":
                    upright.convert("RGB").save(out, "JPEG", quality=88, optimize=True)
                else:
                    mode = upright.mode if upright.mode in ("1", "L", "LA", "P", "RGB", "RGBA") else "RGB"
                    bare = upright.convert(mode)
                    bare.info = {key: bare.info[key] for key in ("transparency",) if key in bare.info}
                    bare.save(out, "PNG", optimize=True)
    except FileRefused:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise damaged from error
    return out.getvalue()


def _check_pdf(name: str, content: bytes) -> None:
    try:
        with pikepdf.open(io.BytesIO(content)) as document:
            pages = len(document.pages)
    except pikepdf.PasswordError as error:
        text = _("“%(name)s” is locked with a password, so nobody could read it. Save it without one.")
        raise FileRefused(text % {"name": name}) from error
    except pikepdf.PdfError as error:
        raise FileRefused(_("“%(name)s” is damaged and cannot be opened as a PDF.") % {"name": name}) from error
    if not pages:
        raise FileRefused(_("“%(name)s” has no pages.") % {"name": name})


def _check_office(name: str, content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        members = container.infolist()
    if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > MOST_UNPACKED:
        raise FileRefused(_("“%(name)s” unpacks to far too much. Save it anew.") % {"name": name})
    if any("vbaproject" in member.filename.lower() for member in members):
        raise FileRefused(_("“%(name)s” contains macros. Save it without macros.") % {"name": name})
