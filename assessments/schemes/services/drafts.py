"""Drafts of scheme versions: brought in from a file, started from another version, edited step by step, undone.

A draft may have problems while it is being worked on; its `content` is plain data as typed (numbers as text). It is
changed here only, each time under its `edition`, and each change stays readable as a `SchemeEdit`.
"""

import copy
import hashlib
import json
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.errors import InvalidScheme, PortalError, StaleState

from ... import scoring
from .. import rules
from ..models import Scheme, SchemeEdit, SchemeVersion

if TYPE_CHECKING:
    from members.models import User

MOST_EDITS = 200  # steps back that are kept


def content_digest(content: dict) -> str:
    """SHA-256 of the canonical JSON of a scheme's plain data."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def import_scheme(data: dict, actor: "User | None" = None) -> SchemeVersion:
    """Bring a scheme in as a draft; a draft of the same code and version is replaced, any other version never.

    `data` is the plain data of a scheme file (scoring.md, section 7). `actor` is None on the command line.
    Raises: InvalidScheme with all problems; StaleState when that version is published or awaits approval.
    """
    if actor is not None:
        require(rules.can_edit(actor))
    try:
        parsed = scoring.Scheme.from_data(data)
    except scoring.SchemeError as error:
        raise InvalidScheme(
            _("The scheme has %(count)d problems. Nothing was imported.") % {"count": len(error.problems)},
            problems=error.problems,
        ) from error
    content = parsed.to_data()
    scheme, _created = Scheme.objects.get_or_create(code=parsed.code, defaults={"name": parsed.name})
    present = SchemeVersion.objects.filter(scheme=scheme, version=parsed.version).first()
    if present is not None:
        return save_draft(version=present, edition=present.edition, content=content, summary="import", actor=actor)
    return _create(scheme, content, "import", actor, based_on=None)


@transaction.atomic
def start_draft(*, source: SchemeVersion, number: str, actor: "User") -> SchemeVersion:
    """A new draft with the content of `source` and the version number `number`; `source` stays as it is.

    Raises: PermissionDenied; PortalError when the number is empty, too long or taken.
    """
    require(rules.can_edit(actor))
    number = number.strip()
    if not number or len(number) > 40:
        raise PortalError(_("Give the new version a number of 1 to 40 characters, such as 2027.1."))
    if SchemeVersion.objects.filter(scheme=source.scheme, version=number).exists():
        raise PortalError(_("There is a version %(version)s already. Choose another number.") % {"version": number})
    content = copy.deepcopy(source.content) | {"version": number}
    return _create(source.scheme, content, "start", actor, based_on=source)


@transaction.atomic
def start_scheme(*, content: dict[str, Any], actor: "User") -> SchemeVersion:
    """A draft of a new scheme; `content` needs `code`, `version` and `name`, and may have problems otherwise.

    Raises: PermissionDenied; PortalError when one of the three is missing or the version exists.
    """
    require(rules.can_edit(actor))
    code, number, name = (str(content.get(key) or "").strip() for key in ("code", "version", "name"))
    if not (code and number and name) or len(code) > 40 or len(number) > 40 or len(name) > 200:
        raise PortalError(_("A scheme needs a code, a version (both at most 40 characters) and a name."))
    scheme, _created = Scheme.objects.get_or_create(code=code, defaults={"name": name})
    if scheme.versions.filter(version=number).exists():
        raise PortalError(_("There is a version %(version)s already. Choose another number.") % {"version": number})
    return _create(scheme, content | {"code": code, "version": number, "name": name}, "start", actor, based_on=None)


@transaction.atomic
def save_draft(
    *, version: SchemeVersion, edition: int, content: dict[str, Any], summary: str, actor: "User | None"
) -> SchemeVersion:
    """Replace the content of a draft that still is at `edition`; code and version number stay.

    `content` is plain data that JSON can hold and may have problems; `summary` names the change in a few words, or
    is one of the codes `import`, `undo`. The same content again changes nothing.
    Raises: PermissionDenied; StaleState when the draft was changed meanwhile or is no draft any more.
    """
    if actor is not None:
        require(rules.can_edit(actor))
    content = content | {"code": version.scheme.code, "version": version.version}
    digest = content_digest(content)
    if digest == version.digest and edition == version.edition and version.is_draft:
        return version
    before = {"digest": version.digest, "edition": edition}
    moved = SchemeVersion.objects.filter(pk=version.pk, status=SchemeVersion.Status.DRAFT, edition=edition).update(
        content=content, digest=digest, edition=edition + 1, name=_name_of(content, version.name)
    )
    if not moved:
        raise StaleState(_refusal(SchemeVersion.objects.get(pk=version.pk)))
    version.refresh_from_db()
    _note(version, summary, actor)
    action = "scheme.imported" if summary == "import" else "scheme.edited"
    audit.record(actor, action, version, before=before, after={"digest": digest, "what": summary[:200]})
    return version


@transaction.atomic
def undo(*, version: SchemeVersion, edition: int, actor: "User") -> SchemeVersion:
    """Take the last change of a draft back; doing it again goes further back. Raises: PortalError at the beginning."""
    require(rules.can_edit(actor))
    reached = version.edits.filter(edition=edition).values_list("restores", flat=True).first() or edition
    earlier = version.edits.filter(edition__lt=reached).exclude(content={}).first()
    if earlier is None:
        raise PortalError(_("There is no earlier state of this draft to go back to."))
    version = save_draft(version=version, edition=edition, content=earlier.content, summary="undo", actor=actor)
    version.edits.filter(edition=version.edition).update(restores=earlier.restores or earlier.edition)
    return version


@transaction.atomic
def delete_draft(*, version: SchemeVersion, actor: "User") -> None:
    """Remove a draft that nobody uses. Raises: PermissionDenied; StaleState when it is no draft any more."""
    require(rules.can_edit(actor))
    audit.record(actor, "scheme.deleted", version, before={"digest": version.digest, "name": version.name})
    gone, _rows = SchemeVersion.objects.filter(pk=version.pk, status=SchemeVersion.Status.DRAFT).delete()
    if not gone:
        raise StaleState(_refusal(version))


def _create(
    scheme: Scheme, content: dict, summary: str, actor: "User | None", *, based_on: SchemeVersion | None
) -> SchemeVersion:
    version = SchemeVersion.objects.create(
        scheme=scheme,
        version=content["version"],
        name=_name_of(content, scheme.name),
        content=content,
        digest=content_digest(content),
        created_by=actor,
        based_on=based_on,
    )
    _note(version, summary, actor)
    action = "scheme.imported" if summary == "import" else "scheme.started"
    audit.record(actor, action, version, after={"digest": version.digest})
    return version


def _note(version: SchemeVersion, summary: str, actor: "User | None") -> None:
    """Keep this state for undo; of those beyond MOST_EDITS only who and when is kept."""
    SchemeEdit.objects.create(
        version=version, edition=version.edition, content=version.content, summary=summary[:200], actor=actor
    )
    version.edits.filter(edition=version.edition - MOST_EDITS).update(content={})


def _name_of(content: dict, otherwise: str) -> str:
    name = content.get("name")
    return name.strip()[:200] if isinstance(name, str) and name.strip() else otherwise


def _refusal(version: SchemeVersion) -> str:
    if version.status == SchemeVersion.Status.PUBLISHED:
        return _("Version %(version)s is published and cannot be changed. Use a new version.") % {
            "version": version.version
        }
    if version.status == SchemeVersion.Status.PROPOSED:
        return _("Version %(version)s awaits approval. Take it back before changing it.") % {"version": version.version}
    return _("The draft was changed meanwhile. Reload the page; your change was not saved.")
