"""Ballot papers: made and changed as data until a poll uses them, then copied."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError, StaleState

from ...schemes.models import SchemeVersion
from .. import rules
from ..models import Option, PollForm, Question, VoterGroup
from ..targets import targets

if TYPE_CHECKING:
    from members.models import User

SCALE = 1_000_000


@dataclass(frozen=True)
class GroupSaid:
    """A voter group as typed; shares in millionths of 1."""

    name: str
    weight_up: int
    quorum_up: int = 0
    counts_members: bool = False


@dataclass(frozen=True)
class OptionSaid:
    """A choice as typed."""

    label: str
    value_up: int = 0
    is_counted: bool = True
    is_top: bool = False


@dataclass(frozen=True)
class PaperSaid:
    """A whole ballot paper as typed; `questions` as (text, weight in millionths)."""

    name: str
    target: str
    introduction: str = ""
    takes_comments: bool = True
    groups: Sequence[GroupSaid] = field(default_factory=tuple)
    questions: Sequence[tuple[str, int]] = field(default_factory=tuple)
    options: Sequence[OptionSaid] = field(default_factory=tuple)


@transaction.atomic
def save_form(
    *,
    actor: "User",
    scheme_version: SchemeVersion,
    said: PaperSaid,
    form: PollForm | None = None,
    version: int = 0,
    at: datetime | None = None,
) -> PollForm:
    """Make a ballot paper, or change one that no poll uses yet.

    Raises: PermissionDenied; PortalError naming the field; StaleState.
    """
    require(rules.can_make_forms(actor) if form is None else rules.can_change_form(actor, form))
    _check(scheme_version, said)
    head = {
        "name": said.name.strip(),
        "target": said.target,
        "introduction": said.introduction.strip(),
        "takes_comments": said.takes_comments,
    }
    if form is None:
        form = PollForm.objects.create(
            scheme_version=scheme_version, created_by=actor, created_at=at or timezone.now(), **head
        )
    else:
        rows = PollForm.objects.filter(pk=form.pk, version=version, is_locked=False)
        if not rows.update(version=version + 1, **head):
            raise StaleState(_("The ballot paper was changed meanwhile. Reload the page and try again."))
        form.refresh_from_db()
        for children in (form.groups, form.questions, form.options):
            children.all().delete()
    _write_children(form, said)
    after = {"name": form.name, "target": form.target, "questions": [text for text, _weight in said.questions]}
    audit.record(actor, "poll_form.saved", form, after=after)
    return form


def _write_children(form: PollForm, said: PaperSaid) -> None:
    VoterGroup.objects.bulk_create(
        VoterGroup(
            form=form, position=at, name=group.name.strip(), weight_up=group.weight_up, quorum_up=group.quorum_up,
            counts_members=group.counts_members,
        )
        for at, group in enumerate(said.groups, start=1)
    )  # fmt: skip
    Question.objects.bulk_create(
        Question(form=form, position=at, text=text.strip(), weight_up=weight_up)
        for at, (text, weight_up) in enumerate(said.questions, start=1)
    )
    Option.objects.bulk_create(
        Option(
            form=form, position=at, label=option.label.strip(), value_up=option.value_up,
            is_counted=option.is_counted, is_top=option.is_top,
        )
        for at, option in enumerate(said.options, start=1)
    )  # fmt: skip


def _check(scheme_version: SchemeVersion, said: PaperSaid) -> None:
    if not said.name.strip():
        raise PortalError(_("Give the ballot paper a name."), field="name")
    if said.target not in dict(targets(scheme_version)):
        raise PortalError(_("Choose what the poll counts for."), field="target")
    if not said.groups or not said.questions:
        raise PortalError(_("A ballot paper needs at least one voter group and one question."), field="groups")
    for what, weights, name in (
        (_("voter groups"), [group.weight_up for group in said.groups], "groups"),
        (_("questions"), [weight for _text, weight in said.questions], "questions"),
    ):
        if sum(weights) != SCALE or min(weights) < 0:
            text = _("The weights of the %(what)s add up to %(sum)s; they must add up to 1.")
            raise PortalError(text % {"what": what, "sum": f"{sum(weights) / SCALE:g}"}, field=name)
    _check_options(said)


def _check_options(said: PaperSaid) -> None:
    counted = [option for option in said.options if option.is_counted]
    if len(counted) < 2 or len(said.options) > 7:
        raise PortalError(_("Offer two to seven choices, at least two of them valid answers."), field="options")
    if any(not 0 <= option.value_up <= SCALE for option in said.options):
        raise PortalError(_("The value of a choice lies between 0 and 1."), field="options")
    if not any(option.is_top for option in counted):
        raise PortalError(_("Say which choice is the top one; conditions read its share."), field="options")
    labels = [option.label.strip() for option in said.options]
    if len(set(labels)) != len(labels) or not all(labels):
        raise PortalError(_("Every choice needs a name of its own."), field="options")


def said_of(form: PollForm) -> PaperSaid:
    """A ballot paper as it would be typed, to copy it."""
    return PaperSaid(
        form.name,
        form.target,
        form.introduction,
        form.takes_comments,
        [GroupSaid(g.name, g.weight_up, g.quorum_up, g.counts_members) for g in form.groups.all()],
        [(question.text, question.weight_up) for question in form.questions.all()],
        [OptionSaid(o.label, o.value_up, o.is_counted, o.is_top) for o in form.options.all()],
    )


@transaction.atomic
def copy_form(*, actor: "User", form: PollForm) -> PollForm:
    """A copy that may be changed, under the same scheme version."""
    said = said_of(form)
    name = _("%(name)s (copy)") % {"name": form.name}
    made = PaperSaid(name[:100], said.target, said.introduction, said.takes_comments,
                     said.groups, said.questions, said.options)  # fmt: skip
    return save_form(actor=actor, scheme_version=form.scheme_version, said=made)


@transaction.atomic
def delete_form(*, actor: "User", form: PollForm) -> None:
    """Delete a ballot paper that no poll uses."""
    require(rules.can_change_form(actor, form))
    audit.record(actor, "poll_form.deleted", form, before={"name": form.name})
    form.delete()


def lock_form(form: PollForm) -> None:
    """From its first poll on a ballot paper never changes."""
    PollForm.objects.filter(pk=form.pk, is_locked=False).update(is_locked=True)
