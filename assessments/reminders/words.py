"""How a message reads on the page and in a mail, and which page it leads to. No score; no name but the addressee's."""

from collections.abc import Sequence
from datetime import date

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .choices import Matter, Task
from .models import Mail, Message

PAGES = {
    Task.SELF: "sheets:fill",
    Task.CORRECT: "sheets:fill",
    Task.PRELIMINARY: "sheets:department",
    Task.REVIEW: "sheets:queue",
    Task.RECTIFY: "visits:rectification",
    Task.NOTICE: "notice",
    Task.OBJECTION: "results:objection",
    Task.VISIT: "visits:plan",
    Task.COUNT: "polls:list",
    Task.CONFIRM: "polls:list",
}
OF_NO_ROW = (Task.PRELIMINARY, Task.REVIEW, Task.COUNT, Task.CONFIRM)


def url_of(message: Message) -> str:
    """The page where it is done or read."""
    name = PAGES[Task(message.task)]
    return reverse(name) if message.task in OF_NO_ROW else reverse(name, args=[message.subject_id])


def sentence(message: Message) -> str:
    """One line: what, of what, until when."""
    names = {"label": message.label, "day": _day(message.on), "count": message.number}
    if message.matter == Matter.DUE:
        return _due(message) % names
    if message.matter == Matter.OVERDUE:
        return _overdue(message) % names
    if message.matter == Matter.ASSIGNED:
        return _assigned(message) % names
    said = {
        Matter.RETURNED: _("%(label)s: the sheet was returned. The reasons stand beside the indicators."),
        Matter.NOTICE: _("%(label)s: the public notice has opened. Objections are taken while it runs."),
        Matter.ANSWERED: _("%(label)s: your objection has been answered."),
    }
    return said[Matter(message.matter)] % names


def _due(message: Message) -> str:
    if message.task == Task.PRELIMINARY:
        return ngettext(
            "%(label)s: %(count)d sheet waits for the preliminary review, which ends on %(day)s.",
            "%(label)s: %(count)d sheets wait for the preliminary review, which ends on %(day)s.",
            message.number,
        )
    if message.task == Task.REVIEW:
        return ngettext(
            "%(label)s: %(count)d sheet waits for your team’s review, which ends on %(day)s.",
            "%(label)s: %(count)d sheets wait for your team’s review, which ends on %(day)s.",
            message.number,
        )
    return {
        Task.SELF: _("%(label)s: the self-assessment is not submitted yet. It ends on %(day)s."),
        Task.CORRECT: _("%(label)s: the returned sheet is to be corrected by %(day)s."),
        Task.RECTIFY: _("%(label)s: a problem is to be put right by %(day)s."),
    }[Task(message.task)]


def _overdue(message: Message) -> str:
    if message.task == Task.PRELIMINARY:
        return ngettext(
            "%(label)s: the preliminary review ended on %(day)s; %(count)d sheet still waits for it.",
            "%(label)s: the preliminary review ended on %(day)s; %(count)d sheets still wait for it.",
            message.number,
        )
    if message.task == Task.REVIEW:
        return ngettext(
            "%(label)s: the review ended on %(day)s; %(count)d sheet still waits for your team.",
            "%(label)s: the review ended on %(day)s; %(count)d sheets still wait for your team.",
            message.number,
        )
    return {
        Task.SELF: _("%(label)s: the self-assessment ended on %(day)s and is not submitted."),
        Task.CORRECT: _("%(label)s: the returned sheet was to be corrected by %(day)s."),
        Task.RECTIFY: _("%(label)s: a problem was to be put right by %(day)s."),
    }[Task(message.task)]


def _assigned(message: Message) -> str:
    if message.task == Task.REVIEW:
        return ngettext(
            "%(label)s: %(count)d branch is assigned to your team for review.",
            "%(label)s: %(count)d branches are assigned to your team for review.",
            message.number,
        )
    if message.task == Task.VISIT:
        return ngettext(
            "%(label)s: %(count)d on-site visit is assigned to your team.",
            "%(label)s: %(count)d on-site visits are assigned to your team.",
            message.number,
        )
    if message.task == Task.COUNT:
        return ngettext(
            "%(label)s: the ballots of %(count)d paper poll are to be counted and entered by a teller.",
            "%(label)s: the ballots of %(count)d paper polls are to be counted and entered by a teller.",
            message.number,
        )
    if message.task == Task.CONFIRM:
        return ngettext(
            "%(label)s: the counts of %(count)d paper poll wait for you as scrutineer.",
            "%(label)s: the counts of %(count)d paper polls wait for you as scrutineer.",
            message.number,
        )
    return _("%(label)s: you are named as the person in charge of putting a problem right.")


def _day(day: date) -> str:
    return date_format(day, "DATE_FORMAT")


def lines_of(messages: Sequence[Message]) -> dict[str, str]:
    """The sentences with their pages; two reminders of one deadline are said once."""
    return {sentence(message): url_of(message) for message in messages}


def subject_of(messages: Sequence[Message]) -> str:
    """The mail's subject: what kind of mail it is and how much it holds; nothing that anybody typed."""
    count = len(lines_of(messages))
    said = ngettext("%(portal)s: %(count)d reminder", "%(portal)s: %(count)d reminders", count)
    return said % {"portal": settings.PORTAL_NAME, "count": count}


def body_of(mail: Mail, messages: Sequence[Message]) -> str:
    """The mail's text. Addresses stand in it only where `PUBLIC_URL` says under which one phones reach the portal."""
    lines = [_("%(name)s, this waits in the portal:") % {"name": mail.user.name}, ""]
    for number, (said, url) in enumerate(lines_of(messages).items(), 1):
        lines.append(f"{number}. {said}")
        if settings.PUBLIC_URL:
            lines.append(f"   {settings.PUBLIC_URL}{url}")
    where = _("Sign in to see more: %(address)s") % {"address": settings.PUBLIC_URL + reverse("reminders:messages")}
    lines += ["", where if settings.PUBLIC_URL else _("Sign in to the portal in your office to see more.")]
    lines.append(_("This mail was written by the portal; please do not answer it."))
    return "\n".join(lines)
