"""The words that the life of a poll is told in. Imports nothing of ours."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Status(TextChoices):
    PLANNED = "planned", pgettext_lazy("poll", "planned")
    OPEN = "open", pgettext_lazy("poll", "open")
    ENTERED = "entered", pgettext_lazy("poll", "entered, to be confirmed")
    CLOSED = "closed", pgettext_lazy("poll", "closed")
    VOID = "void", pgettext_lazy("poll", "void")


class Mode(TextChoices):
    ONLINE = "online", pgettext_lazy("poll", "by link")
    PAPER = "paper", pgettext_lazy("poll", "on paper")


class Verdict(TextChoices):
    """Whether a closed poll gives a figure."""

    COUNTED = "counted", _("counts")
    NO_QUORUM = "no_quorum", _("too few ballots: does not count")
    NO_BALLOTS = "no_ballots", _("no valid ballot: does not count")


class Review(TextChoices):
    """What became of a comment: nobody but its reviewer reads it before."""

    WAITING = "waiting", _("to be looked through")
    SHOWN = "shown", _("shown")
    WITHHELD = "withheld", _("withheld")


class FactKind(TextChoices):
    """Facts of a year as a whole, which its bands' conditions and its vetoes read."""

    SCORE = "score", _("poll score")
    TOP_SHARE = "top_share", _("share of top votes")
    FLAG = "flag", _("confirmed fact")
    VETO = "veto", _("veto")


class FactStatus(TextChoices):
    RECORDED = "recorded", _("recorded")
    ACCEPTED = "accepted", _("accepted")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")


LIVE = (Status.PLANNED, Status.OPEN, Status.ENTERED, Status.CLOSED)
LEAST_SHOWN = 5  # ballots per shown cell; below, the score counts and nothing else is shown
