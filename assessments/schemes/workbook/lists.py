"""Several entries in one cell: “机关、村”. An entry that could be misread stands in “ ”, with ” doubled inside."""

import re
from collections.abc import Iterable

from .words import Words

SEPARATORS = "、，,；;\n"
PIECE = re.compile(r"\s*(?:“((?:[^”]|””)*)”|([^、，,；;\n]*))\s*(?:[、，,；;\n]|$)")


def quoted(text: str) -> str:
    """A text that is to be taken literally."""
    return "“" + text.replace("”", "””") + "”"


def unquoted(text: str) -> str | None:
    """The text within “ ”; None where it is not quoted."""
    if len(text) < 2 or text[0] != "“" or text[-1] != "”" or "”" in text[1:-1].replace("””", ""):
        return None
    return text[1:-1].replace("””", "”")


def joined(entries: Iterable[str], words: Words) -> str:
    """Entries as words where there is one."""
    return "、".join(words[entry] if entry in words else _safe(entry, words) for entry in entries)


def _safe(entry: str, words: Words) -> str:
    is_plain = entry and entry == entry.strip() and not set(entry) & set(SEPARATORS + "“”")
    return entry if is_plain and entry not in words.values() else quoted(entry)


def split(text: str, words: Words) -> list[str]:
    """Entries as codes where there is one. Empty pieces are left out."""
    codes = {word: code for code, word in words.items()}
    found, at = [], 0
    while at < len(text):
        piece = PIECE.match(text, at)
        if piece is None:  # a quotation mark that is never closed: the rest as it stands
            found.append(text[at:].strip())
            break
        at = piece.end()
        if piece[1] is not None:
            found.append(piece[1].replace("””", "”"))
        elif entry := piece[2].strip():
            found.append(codes.get(entry, entry))
    return found
