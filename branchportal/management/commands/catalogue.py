"""`manage.py catalogue`: the one message catalogue (English msgids, simplified Chinese) from code and templates.

Without options: extract, keep the translations of `django.po`, write it anew, compile it, list what is untranslated.
`--check` writes nothing and fails on a gap; `--compile` only compiles (needs no gettext).
"""

import fcntl
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

LOCALE = settings.BASE_DIR / "branchportal" / "locale"
PO = LOCALE / "zh_Hans" / "LC_MESSAGES" / "django.po"
ROOMS = ("branchportal", "branches", "members", "assessments", "templates")
NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)  # one that stays, so that only messages show in a diff
KEYWORDS = ("gettext_noop", "gettext_lazy", "ngettext_lazy:1,2", "pgettext:1c,2", "npgettext:1c,2,3")
KEYWORDS += ("pgettext_lazy:1c,2", "npgettext_lazy:1c,2,3", "ngettext:1,2", "gettext", "_")


class Command(BaseCommand):
    help = "Extracts, merges, checks and compiles the Chinese message catalogue."
    requires_system_checks: list[str] = []  # words can be compiled while the code is being worked on

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; fail when something is untranslated")
        parser.add_argument("--compile", action="store_true", help="only compile the catalogue")

    def handle(self, *args: object, **options: object) -> None:
        if options["compile"]:
            compile_catalogue(_read(PO))
            return
        catalogue = merged(extract())
        gaps = [message for message in catalogue if message.id and not _is_translated(message)]
        for message in gaps:
            self.stdout.write(f"untranslated: {message.id!r}  ({', '.join(f'{f}:{n}' for f, n in message.locations)})")
        if options["check"]:
            if gaps:
                raise CommandError(f"{len(gaps)} messages have no Chinese translation. Add them to django.po.")
            return
        _write(catalogue)
        compile_catalogue(catalogue)
        self.stdout.write(f"{len(catalogue)} messages, {len(gaps)} untranslated")


def extract() -> Catalog:
    """All messages of code and templates, with their places, by GNU xgettext (apt: gettext)."""
    if not shutil.which("xgettext"):
        raise CommandError("xgettext is missing. Install it: apt-get install gettext")
    with tempfile.TemporaryDirectory() as folder:
        sources = _sources(Path(folder))
        target = Path(folder) / "all.pot"
        command = ["xgettext", "--from-code=UTF-8", "--language=Python", "--no-wrap", "-o", str(target), "-f", "-"]
        command += [f"--keyword={keyword}" for keyword in KEYWORDS]
        done = subprocess.run(  # noqa: S603 (our own sources, a fixed program)
            command, input="\n".join(sources), text=True, cwd=folder, capture_output=True, timeout=120, check=False
        )
        if done.returncode:
            raise CommandError(done.stderr)
        text = target.read_text().replace("CHARSET", "UTF-8")
        text = text.replace("nplurals=INTEGER; plural=EXPRESSION;", "nplurals=2; plural=(n != 1);")
        target.write_text(text)
        return _read(target, locale=None)


def _sources(folder: Path) -> list[str]:
    """Copies of the sources in `folder`; templates are turned into what xgettext reads."""
    from django.utils.translation.template import templatize

    names = []
    for room in ROOMS:
        for path in sorted((settings.BASE_DIR / room).rglob("*")):
            if path.suffix not in (".py", ".html", ".txt") or not path.is_file() or "migrations" in path.parts:
                continue
            name = path.relative_to(settings.BASE_DIR)
            text = path.read_text(encoding="utf-8")
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text if path.suffix == ".py" else templatize(text, origin=str(name)))
            names.append(str(name))
    return names


def merged(found: Catalog) -> Catalog:
    """The extracted messages with the translations of `django.po`; obsolete ones fall away."""
    known: dict[tuple, object] = {}
    for message in _read(PO) if PO.exists() else ():
        if message.id and _is_translated(message):
            known[_key(message)] = message.string
    result = Catalog(
        locale="zh_Hans",
        project="branchportal",
        header_comment="# Simplified Chinese for branchportal.",
        creation_date=NO_DATE,
        revision_date=NO_DATE,
    )
    for message in found:
        if message.id:
            text = known.get(_key(message), "")
            flags = [flag for flag in message.flags if flag != "fuzzy"]
            wanted = (text,) if isinstance(message.id, tuple) and isinstance(text, str) else text
            single = wanted[0] if isinstance(wanted, (tuple, list)) and not isinstance(message.id, tuple) else wanted
            result.add(message.id, single, locations=message.locations, flags=flags, context=message.context)
    return result


def compile_catalogue(catalogue: Catalog) -> None:
    """Write the binary catalogue beside the text one, in one step."""
    PO.parent.mkdir(parents=True, exist_ok=True)
    part = PO.with_suffix(".mo.part")
    with part.open("wb") as file:
        write_mo(file, catalogue)
    part.replace(PO.with_suffix(".mo"))


def _key(message: object) -> tuple:
    first = message.id[0] if isinstance(message.id, (tuple, list)) else message.id
    return (message.context or None, first)


def _is_translated(message: object) -> bool:
    texts = message.string if isinstance(message.string, (tuple, list)) else [message.string]
    return bool(texts) and all(texts) and not message.fuzzy


def _read(path: Path, locale: str | None = "zh_Hans") -> Catalog:
    with path.open("rb") as file:
        try:
            return read_po(file, locale=locale)
        except ValueError as fault:
            sys.exit(f"{path}: {fault}")


def _write(catalogue: Catalog) -> None:
    PO.parent.mkdir(parents=True, exist_ok=True)
    with (LOCALE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        part = PO.with_suffix(".po.part")
        with part.open("wb") as file:
            write_po(file, catalogue, no_location=True, sort_output=True, width=0, omit_header=False)
        part.replace(PO)
