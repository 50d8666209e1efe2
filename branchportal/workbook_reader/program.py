"""Workbook in on standard input, lines of JSON out: `{"sheet": …}`, its rows, … and last `{"end": true}`.

A refusal is the last line instead: `{"refused": code, …}`. Without either, the process was ended by its limits.
"""

import json
import posixpath
import resource
import sys
from typing import Any
from urllib.parse import unquote

from .archive import Archive
from .cells import Styles, plain_text
from .limits import CPU_SECONDS, LONGEST_CELL, LONGEST_NAME, MEMORY_BYTES, MOST_STRINGS, MOST_TEXT, Limits, Refused
from .sheet import SheetReader, Texts

ROOT_RELATIONS = "_rels/.rels"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
SHEET_STATES = ("hidden", "veryHidden")


def main() -> int:
    """Set the limits, read, answer."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        read(sys.stdin.buffer.read(), Limits(**json.loads(sys.argv[1])))
    except Refused as refusal:
        put({"refused": refusal.code, **refusal.params})
    except (MemoryError, RecursionError):
        put({"refused": "too_big"})
    sys.stdout.buffer.flush()
    return 0


def put(line: Any) -> None:
    text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
    sys.stdout.buffer.write(text.encode("utf-8", "surrogatepass") + b"\n")


def read(data: bytes, limits: Limits) -> None:
    """Write all sheets, or the first."""
    archive = Archive(data, limits.most_parts)
    book = Book(archive, limits)
    shared = shared_texts(archive, book.strings)
    styles = Styles()
    if book.styles:
        archive.parse(book.styles, styles.start, styles.end)
    texts = Texts()
    for title, part in book.sheets:
        put({"sheet": title})
        reader = SheetReader(title, limits, shared, styles.dates, book.is_1904, texts, lambda *row: put(row))
        archive.parse(part, reader.start, reader.end, reader.text)
    put({"end": True})


class Book:
    """What the workbook part says: its sheets in order, where texts and styles are."""

    def __init__(self, archive: Archive, limits: Limits) -> None:
        self.limits = limits
        self.is_1904 = False
        self.found: list[dict[str, str]] = []
        main_part = _by_kind(relations(archive, ROOT_RELATIONS, ""), "officeDocument")
        if not main_part:
            raise Refused("no_workbook")
        archive.parse(main_part, self._start)
        folder, name = posixpath.split(main_part)
        related = relations(archive, f"{folder}/_rels/{name}.rels", folder)
        self.strings = _by_kind(related, "sharedStrings")
        self.styles = _by_kind(related, "styles")
        if not self.found:
            raise Refused("damaged")
        if limits.only_first:
            del self.found[1:]
        elif len(self.found) > limits.most_sheets:
            raise Refused("too_many_sheets", count=len(self.found), limit=limits.most_sheets)
        self.sheets = [self._sheet(sheet, related) for sheet in self.found]

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition("}")[2]
        if kind == "workbookPr":
            self.is_1904 = attributes.get("date1904") in ("1", "true")
        elif kind == "sheet":
            self.found.append({key.rpartition("}")[2]: value for key, value in attributes.items()})

    def _sheet(self, sheet: dict[str, str], related: dict[str, tuple[str, str]]) -> tuple[str, str]:
        title = plain_text(sheet.get("name", ""))[:LONGEST_NAME]
        if sheet.get("state") in SHEET_STATES and not self.limits.allow_hidden:
            raise Refused("hidden_sheet", sheet=title)
        kind, part = related.get(sheet.get("id", ""), ("", ""))
        if "macrosheet" in kind.lower():
            raise Refused("macros")
        if kind != "worksheet":
            raise Refused("no_table", sheet=title)
        return title, part


def relations(archive: Archive, name: str, folder: str) -> dict[str, tuple[str, str]]:
    """Id -> last word of its type and the part it leads to."""
    found: dict[str, tuple[str, str]] = {}

    def start(element: str, attributes: dict[str, str]) -> None:
        if element == RELATIONS and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            target = posixpath.normpath(posixpath.join("/", folder, unquote(attributes.get("Target", ""))))
            found[attributes.get("Id", "")] = kind, target.lstrip("/")

    archive.parse(name, start)
    return found


def _by_kind(related: dict[str, tuple[str, str]], kind: str) -> str:
    return next((part for each, part in related.values() if each == kind), "")


def shared_texts(archive: Archive, part: str) -> list[str]:
    """The texts that cells name by number; readings of Chinese characters (rPh) are left out."""
    found: list[str] = []
    if not part:
        return found
    pieces: list[str] = []
    left, skipped, is_text = MOST_TEXT, 0, False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal skipped, is_text
        kind = name.rpartition("}")[2]
        skipped += kind == "rPh"
        is_text = kind == "t" and not skipped

    def end(name: str) -> None:
        nonlocal skipped, is_text
        is_text = False
        if name.endswith("}si"):
            found.append(plain_text("".join(pieces)))
            pieces.clear()
            if len(found) > MOST_STRINGS:
                raise Refused("too_big")
        skipped -= name.endswith("}rPh")

    def text(content: str) -> None:
        nonlocal left
        if is_text:
            pieces.append(content)
            left -= len(content)
            if left < 0 or len(pieces) > LONGEST_CELL:
                raise Refused("too_much_text")

    archive.parse(part, start, end, text)
    return found
