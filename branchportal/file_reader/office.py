"""Office files (zip archives): the right kind inside, no macros, no objects, no way out, unpacking to a bounded size.

Nothing is unpacked to disk: members are read as a stream and thrown away.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Callable
from xml.parsers import expat

from .limits import MOST_MEMBERS, MOST_RATIO, MOST_RELATIONS, MOST_UNPACKED, SMALL_PART, Refused

TYPES = "[Content_Types].xml"
DOCX = ("word/document.xml", "wordprocessingml.document.main+xml")
XLSX = ("xl/workbook.xml", "spreadsheetml.sheet.main+xml")
BARRED = re.compile(
    r"vbaproject|vbadata|/activex|/ctrlprops/|macrosheets|/embeddings/.*\.(?:bin|exe|ole)$", re.IGNORECASE
)
MACRO_TYPES = re.compile(r"macroEnabled|vbaProject|activeX|macrosheet", re.IGNORECASE)
FIELDS = re.compile(rb"\bDDE(?:AUTO)?\s|ddeLink|<!DOCTYPE|<!ENTITY", re.IGNORECASE)
FAULTS = (zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError, NotImplementedError, RuntimeError, KeyError)
PORTION, OVERLAP = 1 << 16, 32


def check_docx(content: bytes) -> None:
    """A Word document without macros and links to other files. Raises: Refused."""
    _check(content, *DOCX)


def check_xlsx(content: bytes) -> None:
    """A workbook without macros and links to other files. Raises: Refused."""
    _check(content, *XLSX)


def _check(content: bytes, main: str, kind: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as container:
            _check_members(container.infolist())
            types: list[str] = []
            _parse(_small(container, TYPES), lambda _name, found: types.append(found.get("ContentType", "")))
            if any(MACRO_TYPES.search(each) for each in types):
                raise Refused("macros")
            if main not in container.namelist() or not any(kind in each for each in types):
                raise Refused("wrong_kind")
            left = MOST_UNPACKED
            for member in container.infolist():
                left -= _read_through(container, member, left)
                if member.filename.endswith(".rels"):
                    _parse(_small(container, member.filename), _check_relation)
    except FAULTS as fault:
        raise Refused("broken_office") from fault
    except expat.ExpatError as fault:
        raise Refused("broken_office") from fault


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    names = [member.filename for member in members]
    if len(names) > MOST_MEMBERS or sum(member.file_size for member in members) > MOST_UNPACKED:
        raise Refused("too_much")
    if len(set(names)) != len(names) or TYPES not in names:
        raise Refused("wrong_kind")
    if any(BARRED.search("/" + name) for name in names):
        raise Refused("macros")
    if any(member.flag_bits & 1 for member in members):
        raise Refused("locked")


def _read_through(container: zipfile.ZipFile, member: zipfile.ZipInfo, left: int) -> int:
    """Unpack one member, throwing it away; its real size. Zip's own check sum is compared at its end."""
    size, tail = 0, b""
    is_text = member.filename.endswith((".xml", ".rels"))
    with container.open(member) as file:
        while portion := file.read(PORTION):
            size += len(portion)
            if size > left or (size > SMALL_PART and size > MOST_RATIO * max(1, member.compress_size)):
                raise Refused("too_much")
            if is_text and FIELDS.search(tail + portion):
                raise Refused("links")
            tail = portion[-OVERLAP:]
    return size


def _check_relation(name: str, attributes: dict[str, str]) -> None:
    """What leads out of the file is refused, except links that a reader clicks on."""
    is_outside = attributes.get("TargetMode", "").lower() == "external"
    if is_outside and not attributes.get("Type", "").endswith("/hyperlink"):
        raise Refused("links")


def _parse(content: bytes, start: Callable[[str, dict[str, str]], object]) -> None:
    """Hand every element to `start`. Raises: Refused for a document type; ExpatError."""
    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.Parse(content, True)


def _refuse_doctype(*_arguments: object) -> None:
    raise Refused("links")


def _small(container: zipfile.ZipFile, name: str) -> bytes:
    """A small member's bytes."""
    with container.open(name) as file:
        found = file.read(MOST_RELATIONS + 1)
    if len(found) > MOST_RELATIONS:
        raise Refused("too_much")
    return found
