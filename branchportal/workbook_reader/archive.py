"""The zip around a workbook: asked for its size and kind before a part is unpacked, and counted while unpacking."""

import io
import zipfile
import zlib
from collections.abc import Callable
from xml.parsers import expat

from .limits import MOST_RATIO, MOST_TAGS, MOST_UNPACKED, SMALL_PART, Refused

CHUNK = 256 * 1024  # expat reads an unfinished tag again with every chunk
ENCRYPTED = 0x1
NO_WORKBOOK = ("mimetype", "word/document.xml", "ppt/presentation.xml", "xl/workbook.bin")
DAMAGE = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError)

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]


class Archive:
    """The parts of a workbook by name, each parsed as a stream. Raises Refused."""

    def __init__(self, data: bytes, most_parts: int) -> None:
        self.left = MOST_UNPACKED
        self.tags = 0
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except DAMAGE as fault:
            raise Refused("damaged") from fault
        parts = self._zip.infolist()
        self._parts = {part.filename.lower().lstrip("/"): part for part in parts}
        self._check_kind()
        if len(parts) > most_parts or sum(part.file_size for part in parts) > MOST_UNPACKED:
            raise Refused("too_big")
        if len(self._parts) < len(parts):
            raise Refused("damaged")
        for part in parts:
            if part.flag_bits & ENCRYPTED:
                raise Refused("encrypted")
            if part.file_size > max(SMALL_PART, MOST_RATIO * max(part.compress_size, 1)):
                raise Refused("too_big")

    def _check_kind(self) -> None:
        names = set(self._parts)
        if any("vbaproject" in name or "macrosheets/" in name for name in names):
            raise Refused("macros")
        if any("externallink" in name for name in names):
            raise Refused("links")
        is_book = "[content_types].xml" in names and any(name.startswith("xl/") for name in names)
        if not is_book or names.intersection(NO_WORKBOOK):
            raise Refused("no_workbook")

    def has(self, name: str) -> bool:
        return name.lower() in self._parts

    def parse(self, name: str, on_start: Start, on_end: End | None = None, on_text: Text | None = None) -> None:
        """Run through the XML of a part; element names come as `namespace}name`."""
        part = self._parts.get(name.lower())
        if part is None:
            raise Refused("damaged")
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartElementHandler = on_start
        parser.EndElementHandler = on_end
        parser.CharacterDataHandler = on_text
        try:
            with self._zip.open(part) as stream:
                while chunk := stream.read(CHUNK):
                    self.left -= len(chunk)
                    self.tags += chunk.count(b"<")
                    if self.left < 0 or self.tags > MOST_TAGS:
                        raise Refused("too_big")
                    parser.Parse(chunk, False)
                parser.Parse(b"", True)
        except (expat.ExpatError, UnicodeError, *DAMAGE) as fault:
            raise Refused("damaged") from fault


def _refuse_doctype(*_: object) -> None:
    raise Refused("damaged")
