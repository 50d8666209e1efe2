"""A backup and its restoration: the database as one consistent state, every stored file, and a list of digests.

    FOLDER/database.sqlite3 | database.dump     the database (SQLite's own copy, or pg_dump's)
    FOLDER/media/…                              evidence and files of jobs
    FOLDER/manifest.json                        what is there, with SHA-256 and counts; written last

Files are copied before and once more after the database, so each one that the database names is there. The keys
(SECRET_KEY, FIELD_KEYS) are never in this folder: they are written elsewhere on demand and kept apart from it.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from . import audit_verify, crypto, encrypting
from .errors import PortalError

FORMAT = 1
MANIFEST = "manifest.json"
PROOFS = ("publication_verify", "evidence_verify")
LEFT_OUT = ("sessions.Session",)  # nobody stays signed in through a restoration
Say = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """What was copied: files, bytes, rows of the audit chain and its end."""

    files: int
    bytes: int
    audit_rows: int
    audit_digest: str


def write_backup(folder: Path) -> Outcome:
    """Back up database and files into the new folder `folder`.

    Raises: PortalError when the folder is not empty, when pg_dump is missing or fails, or when the disk is full.
    """
    folder = Path(folder)
    if folder.exists() and any(folder.iterdir()):
        raise PortalError(_("The folder %(folder)s is not empty. Name a new one.") % {"folder": folder})
    try:
        return _write(folder)
    except OSError as fault:
        raise PortalError(_("The backup could not be written: %(why)s") % {"why": fault}) from fault


def write_keys(path: Path) -> None:
    """Write the portal's secrets to a file of their own, readable by its owner only.

    Raises: PortalError when the file exists or cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as fault:
        raise PortalError(_("The keys could not be written: %(why)s") % {"why": fault}) from fault
    with os.fdopen(descriptor, "w") as file:
        file.write(f"SECRET_KEY={settings.SECRET_KEY}\nFIELD_KEYS={crypto.keys_text()}\n")


def restore_backup(folder: Path, say: Say) -> Outcome:
    """Bring a backup into an empty database and an empty folder of files, then prove that it is whole.

    Raises: PortalError when a digest differs, the target is not empty, the engines differ or a verification fails.
    """
    folder = Path(folder)
    say(_("Reading the digests"))
    manifest = check_backup(folder)
    _require_empty()
    if manifest["engine"] != connection.vendor:
        raise PortalError(
            _("The backup is of %(theirs)s, the portal runs on %(ours)s. Set DATABASE_URL to an empty %(theirs)s.")
            % {"theirs": manifest["engine"], "ours": connection.vendor}
        )
    (_restore_postgresql if connection.vendor == "postgresql" else _restore_sqlite)(folder / manifest["database"])
    if (folder / "media").is_dir():
        shutil.copytree(folder / "media", settings.MEDIA_ROOT, dirs_exist_ok=True)
    say(_("Migrating"))
    call_command("migrate", verbosity=0)
    for name in LEFT_OUT:
        apps.get_model(name).objects.all().delete()
    say(_("Verifying"))
    return _prove(manifest)


def check_backup(folder: Path) -> dict:
    """The list of a backup, each of whose files is there and has its digest. Changes nothing.

    Raises: PortalError when the list or a file is missing or damaged.
    """
    folder = Path(folder)
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        is_ours = manifest["format"] == FORMAT and manifest["database"] in manifest["files"]
    except (OSError, ValueError, KeyError, TypeError):
        is_ours = False
    if not is_ours:
        raise PortalError(
            _("%(folder)s holds no complete backup: its list is missing or damaged.") % {"folder": folder}
        )
    for name, digest in manifest["files"].items():
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()) or not path.is_file() or digest_of(path) != digest:
            raise PortalError(
                _("“%(name)s” of the backup is missing or damaged. Take another backup; nothing was changed.")
                % {"name": name}
            )
    return manifest


def _write(folder: Path) -> Outcome:
    folder.mkdir(parents=True, exist_ok=True)
    media = Path(settings.MEDIA_ROOT)
    _copy_new(media, folder / "media")
    verdict = audit_verify.verify()
    if verdict.problems:
        raise PortalError(_("The audit trail is not whole:") + " " + " ".join(verdict.problems[:5]))
    name = "database.dump" if connection.vendor == "postgresql" else "database.sqlite3"
    (_dump_postgresql if connection.vendor == "postgresql" else _dump_sqlite)(folder / name)
    _copy_new(media, folder / "media")
    files = {str(path.relative_to(folder)): digest_of(path) for path in _files(folder)}
    manifest = {
        "format": FORMAT,
        "made_at": timezone.now().astimezone(UTC).isoformat(timespec="seconds"),
        "engine": connection.vendor,
        "database": name,
        "audit": {"rows": verdict.rows, "digest": verdict.digest},
        "files": files,
    }
    part = folder / f"{MANIFEST}.part"
    part.write_text(json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8")
    part.replace(folder / MANIFEST)
    size = sum(path.stat().st_size for path in _files(folder))
    return Outcome(len(files), size, verdict.rows, verdict.digest)


def digest_of(path: Path) -> str:
    """Hex SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != MANIFEST)


def _copy_new(source: Path, target: Path) -> None:
    """Copy what is not there yet; stored files never change, and one that goes meanwhile is left out."""
    for path in sorted(source.rglob("*")) if source.is_dir() else ():
        copy = target / path.relative_to(source)
        if not path.is_file() or path.suffix == ".part" or copy.exists():
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copy2(path, copy)
        except FileNotFoundError:
            copy.unlink(missing_ok=True)


def _dump_sqlite(target: Path) -> None:
    connection.ensure_connection()
    with closing(sqlite3.connect(target)) as copy:
        connection.connection.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")


def _dump_postgresql(target: Path) -> None:
    _run(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}"])


def _restore_sqlite(source: Path) -> None:
    target = Path(connection.settings_dict["NAME"])
    connection.close()
    for suffix in ("", "-wal", "-shm"):
        Path(f"{target}{suffix}").unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _restore_postgresql(source: Path) -> None:
    connection.close()
    _run(["pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", "--dbname",
          connection.settings_dict["NAME"], str(source)])  # fmt: skip


def _run(command: list[str]) -> None:
    """A program of PostgreSQL with our own connection; the password goes by the environment."""
    access = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    own = {name: str(access[key]) for name, key in names.items() if access.get(key)}
    try:
        done = subprocess.run(command, env={**os.environ, **own}, capture_output=True, text=True, check=False)  # noqa: S603 - fixed programs, no shell
    except FileNotFoundError as fault:
        raise PortalError(
            _("%(program)s is missing. Install PostgreSQL's client.") % {"program": command[0]}
        ) from fault
    if done.returncode:
        raise PortalError(f"{command[0]}: {done.stderr.strip()[-500:]}")


def _require_empty() -> None:
    if connection.vendor == "sqlite":
        Path(connection.settings_dict["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    if "branches_branch" in connection.introspection.table_names():
        raise PortalError(_("This database is in use. Restore into an empty one; nothing was changed."))
    media = Path(settings.MEDIA_ROOT)
    if media.is_dir() and any(path.is_file() for path in media.rglob("*")):
        raise PortalError(_("The folder of files %(folder)s is not empty. Nothing was changed.") % {"folder": media})


def _prove(manifest: dict) -> Outcome:
    verdict = audit_verify.verify()
    known = manifest["audit"]
    if verdict.problems or verdict.rows < known["rows"]:
        raise PortalError(_("The audit trail is not whole:") + " " + " ".join(verdict.problems[:5]))
    _prove_keys()
    for command in PROOFS:
        try:
            call_command(command)
        except CommandError as fault:
            wrong = str(fault).splitlines()
            said = {"proof": command, "count": len(wrong), "first": " ".join(wrong[:5])}
            raise PortalError(
                _("Restored, but %(proof)s finds %(count)d faults (was MEDIA_ROOT set for the backup?): %(first)s")
                % said
            ) from fault
    return Outcome(len(manifest["files"]), 0, verdict.rows, verdict.digest)


def _prove_keys() -> None:
    """The keys at hand are those of the backup: the newest values of every encrypted column are read."""
    try:
        for field in encrypting.encrypted_fields():
            list(field.model._base_manager.order_by("-pk").values_list(field.name, flat=True)[:100])
    except crypto.UnreadableError as fault:
        raise PortalError(
            _("Restored, but encrypted values cannot be read. Put the FIELD_KEYS kept apart back and try again.")
        ) from fault
