"""Scheme versions: brought in as drafts, published by another person, never changed after that."""

import hashlib
import json
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.errors import InvalidScheme, StaleState

from .. import scoring
from . import rules
from .models import Criterion, Indicator, Scheme, SchemeVersion

if TYPE_CHECKING:
    from members.models import User


def content_digest(content: dict) -> str:
    """SHA-256 of the canonical JSON of a scheme's plain data."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def import_scheme(data: dict, actor: "User | None" = None) -> SchemeVersion:
    """Bring a scheme in as a draft; a draft of the same code and version is replaced, a published one never.

    `data` is the plain data of a scheme file (scoring.md, section 7). `actor` is None on the command line.
    Raises: InvalidScheme with all problems; StaleState when that version is published.
    """
    if actor is not None:
        require(rules.can_import(actor))
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
    if present and present.status == SchemeVersion.Status.PUBLISHED:
        raise StaleState(
            _("Version %(version)s is published and cannot be changed. Use a new version.")
            % {"version": parsed.version}
        )
    before = {"digest": present.digest} if present else None
    if present:
        present.indicators.all().delete()
    version = present or SchemeVersion(scheme=scheme, version=parsed.version)
    version.name, version.content, version.digest = parsed.name, content, content_digest(content)
    version.created_by = actor
    version.save()
    _write_rows(version, parsed)
    audit.record(actor, "scheme.imported", version, before=before, after={"digest": version.digest})
    return version


def _write_rows(version: SchemeVersion, parsed: scoring.Scheme) -> None:
    """Indicator and criterion rows of a version, depth first."""
    position = 0

    def write(indicator: "scoring.Indicator", parent: Indicator | None, level: int) -> None:
        nonlocal position
        position += 1
        row = Indicator.objects.create(
            scheme_version=version,
            parent=parent,
            code=indicator.code,
            name=indicator.name,
            position=position,
            level=level,
            points_up=indicator.points_up,
            rule=indicator.rule,
        )
        Criterion.objects.bulk_create(
            Criterion(indicator=row, code=criterion.code, text=criterion.text, position=at)
            for at, criterion in enumerate(indicator.criteria)
        )
        for child in indicator.children:
            write(child, row, level + 1)

    for indicator in parsed.indicators:
        write(indicator, None, 1)


@transaction.atomic
def publish_scheme(*, version: SchemeVersion, actor: "User") -> SchemeVersion:
    """Publish a draft: from then on it can only be succeeded. Needs the authority, not the person who brought it in."""
    require(rules.can_publish(actor, version))
    moved = SchemeVersion.objects.filter(
        pk=version.pk, status=SchemeVersion.Status.DRAFT, digest=version.digest
    ).update(status=SchemeVersion.Status.PUBLISHED, published_by=actor, published_at=timezone.now())
    if not moved:
        raise StaleState(_("The draft was changed meanwhile. Read it again before publishing."))
    version.refresh_from_db()
    audit.record(actor, "scheme.published", version, after={"digest": version.digest})
    return version
