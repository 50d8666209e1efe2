"""manage.py scheme check|import|export|score: schemes and the engine from the command line (scoring.md, section 6)."""

import errno
import os
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments import scoring
from assessments.schemes.filekinds import XLSX, YAML, SchemeFile, read_scheme, write_scheme
from assessments.schemes.marksfile import read_inputs
from assessments.schemes.scorefile import Scored, results_csv, score
from assessments.schemes.sentences import row_sentence, scheme_sentence
from assessments.schemes.tables import TableError
from branchportal.errors import InvalidScheme, PortalError


class Command(BaseCommand):
    """Thin words over the engine and the scheme services. `check` and `score` open no database connection."""

    help = "Check, import, export a scheme, or score a file of marks with it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        check = actions.add_parser("check", help="list every problem of a scheme file")
        check.add_argument("file")
        bring = actions.add_parser("import", help="bring a scheme file in as a draft")
        bring.add_argument("file")
        export = actions.add_parser("export", help="write a scheme version as a file")
        export.add_argument("code")
        export.add_argument("version_name", metavar="version")
        export.add_argument("--format", choices=[YAML, XLSX], default=YAML)
        export.add_argument("--out")
        run = actions.add_parser("score", help="score a file of marks; touches no database")
        run.add_argument("file")
        run.add_argument("marks")
        run.add_argument("--branches")
        run.add_argument("--out")

    def handle(self, *args: Any, **options: Any) -> None:
        actions = {"check": self._check, "import": self._import, "export": self._export, "score": self._score}
        actions[options["action"]](options)

    def _check(self, options: dict[str, Any]) -> None:
        scheme = self._scheme(options["file"])
        leaves = len(scheme.leaves)
        summary = _("%(name)s %(version)s: %(dimensions)d first-level indicators, %(leaves)d scored, no errors.")
        names = {"name": scheme.name, "version": scheme.version}
        self.stdout.write(summary % {**names, "dimensions": len(scheme.indicators), "leaves": leaves})

    def _import(self, options: dict[str, Any]) -> None:
        from assessments.schemes.services.drafts import import_scheme  # needs the database, which the others do without

        file = self._file(options["file"])
        if errors := file.errors():
            self._fail([scheme_sentence(problem) for problem in errors])
        try:
            version = import_scheme(file.data, actor=None)
        except InvalidScheme as error:
            self._fail([scheme_sentence(problem) for problem in error.details["problems"]])
        except PortalError as error:
            raise CommandError(error.message) from error
        done = _("Imported %(version)s as a draft. Two people publish it in the portal.")
        self.stdout.write(done % {"version": str(version)})

    def _export(self, options: dict[str, Any]) -> None:
        from assessments.schemes.models import SchemeVersion  # as above

        found = SchemeVersion.objects.filter(scheme__code=options["code"], version=options["version_name"]).first()
        if found is None:
            raise CommandError(_("There is no scheme “%(code)s” with the version “%(version)s”.") % {
                "code": options["code"], "version": options["version_name"],
            })  # fmt: skip
        try:
            content = write_scheme(scoring.Scheme.from_data(found.content), options["format"])
        except scoring.SchemeError as error:
            self._fail([scheme_sentence(problem) for problem in error.problems])
        except PortalError as error:
            raise CommandError(error.message) from error
        self._write(options["out"], content)

    def _score(self, options: dict[str, Any]) -> None:
        scheme = self._scheme(options["file"])
        marks = self._read(options["marks"])
        branches = self._read(options["branches"]) if options["branches"] else None
        names = {"marks_name": Path(options["marks"]).name}
        try:
            inputs = read_inputs(scheme, marks, branches, branches_name=Path(options["branches"] or "").name, **names)
            scored = score(scheme, inputs, **names)
        except TableError as error:
            self._fail([row_sentence(problem) for problem in error.problems])
        self._write(options["out"], results_csv(scheme, scored).encode())
        for warning in quota_warnings(scheme, scored):
            self.stderr.write(warning)

    def _scheme(self, name: str) -> scoring.Scheme:
        """The scheme of a file; warnings are written, errors end the command."""
        file = self._file(name)
        problems = file.check()
        errors = [problem for problem in problems if problem.severity == "error"]
        warnings = [scheme_sentence(problem) for problem in problems if problem.severity != "error"]
        for line in warnings:
            self.stderr.write(_("Warning: %(sentence)s") % {"sentence": line})
        if errors:
            self._fail([scheme_sentence(problem) for problem in errors])
        return scoring.Scheme.from_data(file.data)

    def _file(self, name: str) -> SchemeFile:
        """A scheme file of any kind, read but not checked."""
        try:
            return read_scheme(name, self._read(name))
        except scoring.SchemeError as error:
            return self._fail([scheme_sentence(problem) for problem in error.problems])
        except PortalError as error:
            raise CommandError(error.message) from error

    def _read(self, name: str) -> bytes:
        try:
            return Path(name).read_bytes()
        except OSError as error:
            said = {"file": name, "reason": _system_reason(error)}
            raise CommandError(_("%(file)s cannot be read: %(reason)s.") % said) from error

    def _write(self, name: str | None, content: bytes) -> None:
        """To the file named, whole or not at all; else to the standard output."""
        if name is None:
            self._print(content)
            return
        target = Path(name)
        try:
            handle, scratch = tempfile.mkstemp(dir=target.parent, prefix=target.name)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(scratch).chmod(0o644)
            Path(scratch).replace(target)
        except OSError as error:
            said = {"file": name, "reason": _system_reason(error)}
            raise CommandError(_("%(file)s cannot be written: %(reason)s.") % said) from error

    def _print(self, content: bytes) -> None:
        """To the standard output; a workbook only where that is a file or another program."""
        if not content.startswith(b"PK"):
            self.stdout.write(content.decode(), ending="")
            return
        stream = getattr(self.stdout._out, "buffer", None)
        if stream is None or self.stdout.isatty():
            raise CommandError(_("A workbook needs a file: add --out FILE.xlsx."))
        stream.write(content)
        stream.flush()

    def _fail(self, sentences: list[str]) -> Any:
        for line in sentences:
            self.stderr.write(line)
        count = len(sentences)
        raise CommandError(ngettext("%(count)d problem.", "%(count)d problems.", count) % {"count": count})


def _system_reason(error: OSError) -> str:
    """Why a file cannot be reached, in the language that is active; what is rare as the system says it."""
    known = {
        errno.ENOENT: _("there is no such file or folder"),
        errno.EACCES: _("access is denied"),
        errno.EISDIR: _("this is a folder, not a file"),
        errno.ENOTDIR: _("a part of the path is no folder"),
        errno.ENOSPC: _("the disk is full"),
    }
    return known.get(error.errno, error.strerror or str(error))


def quota_warnings(scheme: scoring.Scheme, scored: list[Scored]) -> list[str]:
    """Shares that `min_share` and `about` ask for and that were not met: shown, never forced."""
    found: list[str] = []
    for part in scored:
        ladder = scheme.bands_for(part.outcome.period)
        for quota in part.outcome.settled.quotas:
            if quota.below_min or quota.off_about:
                text = _("%(place)s: %(members)d of %(population)d branches in “%(grade)s”, not as planned.")
                place = f"{part.label} {quota.group}".strip()
                values = {"place": place, "grade": ladder[quota.band].grade}
                found.append(text % {**values, "members": quota.members, "population": quota.population})
    return found
