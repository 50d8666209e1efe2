"""Input of the poll pages: what was typed becomes plain values, or a sentence beside the field."""

import re
from collections.abc import Mapping
from datetime import datetime, time

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime, parse_time
from django.utils.translation import gettext as _

from branchportal.errors import PortalError
from branchportal.figures import micro, plain_text

from .models import Counter, Poll, VoterGroup
from .services.paper import Counted
from .services.papers import GroupSaid, OptionSaid, PaperSaid

GROUP_ROWS, QUESTION_ROWS, OPTION_ROWS = 4, 6, 7
SUGGESTED = PaperSaid(
    name="",
    target="",
    groups=[GroupSaid("党员", 600_000, 800_000, counts_members=True), GroupSaid("群众", 400_000, 500_000)],
    questions=[("对该党支部工作的总体评价", 1_000_000)],
    options=[
        OptionSaid("好", 1_000_000, is_top=True),
        OptionSaid("较好", 800_000),
        OptionSaid("一般", 600_000),
        OptionSaid("差", 0),
        OptionSaid("不了解", 0, is_counted=False),
    ],
)  # a ballot paper as most schemes print it (content of the paper, not of the interface)


def number(text: str | None) -> int | None:
    """A whole number from 0 on, or None."""
    text = (text or "").strip()
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else None


def percent_up(text: str, field: str) -> int:
    """Per cent as millionths of 1. Raises: PortalError naming the field."""
    try:
        value = micro((text or "0").strip().rstrip("%％") or "0") // 100
    except ValueError as error:
        raise PortalError(_("“%(text)s” is no percentage.") % {"text": text[:20]}, field=field) from error
    if not 0 <= value <= 1_000_000:
        raise PortalError(_("“%(text)s” is not between 0 and 100.") % {"text": text[:20]}, field=field)
    return value


def read_paper(data: QueryDict) -> PaperSaid:
    """A ballot paper from its page; empty rows are left out. Raises: PortalError naming the field."""
    groups = [
        GroupSaid(
            data.get(f"group-{at}", "").strip()[:20],
            percent_up(data.get(f"group-{at}-weight", ""), "groups"),
            percent_up(data.get(f"group-{at}-quorum", ""), "groups"),
            f"group-{at}-roll" in data,
        )
        for at in range(1, GROUP_ROWS + 1)
        if data.get(f"group-{at}", "").strip()
    ]
    questions = [
        (data.get(f"question-{at}", "").strip()[:200], percent_up(data.get(f"question-{at}-weight", ""), "questions"))
        for at in range(1, QUESTION_ROWS + 1)
        if data.get(f"question-{at}", "").strip()
    ]
    return PaperSaid(
        name=data.get("name", "").strip()[:100],
        target=data.get("target", ""),
        introduction=data.get("introduction", "")[:1000],
        takes_comments="takes_comments" in data,
        groups=groups,
        questions=questions,
        options=_read_options(data),
    )


def _read_options(data: QueryDict) -> list[OptionSaid]:
    found = []
    for at in range(1, OPTION_ROWS + 1):
        label = data.get(f"option-{at}", "").strip()[:20]
        if not label:
            continue
        is_counted = f"option-{at}-counted" in data
        text = data.get(f"option-{at}-value", "").strip()
        try:
            value_up = micro(text) if is_counted else 0
        except ValueError as error:
            message = _("“%(label)s”: the value of a choice is a number between 0 and 1.")
            raise PortalError(message % {"label": label}, field="options") from error
        found.append(OptionSaid(label, value_up, is_counted, is_counted and data.get("top") == str(at)))
    return found


def paper_rows(said: PaperSaid) -> dict[str, list[dict]]:
    """The rows of the page, filled and empty ones; shares as per cent."""

    def padded(rows: list[dict], count: int) -> list[dict]:
        return [{"at": at, **(rows[at - 1] if at <= len(rows) else {})} for at in range(1, count + 1)]

    groups = [
        {"name": g.name, "weight": _percent(g.weight_up), "quorum": _percent(g.quorum_up), "roll": g.counts_members}
        for g in said.groups
    ]
    options = [
        {
            "label": o.label,
            "value": plain_text(o.value_up) if o.is_counted else "",
            "counted": o.is_counted,
            "top": o.is_top,
        }
        for o in said.options
    ]
    questions = [{"text": text, "weight": _percent(weight_up)} for text, weight_up in said.questions]
    return {
        "groups": padded(groups, max(GROUP_ROWS, len(groups))),
        "questions": padded(questions, max(QUESTION_ROWS, len(questions))),
        "options": padded(options, max(OPTION_ROWS, len(options))),
    }


def _percent(share_up: int) -> str:
    return plain_text(share_up * 100)


def read_rosters(data: QueryDict, groups: list[VoterGroup]) -> dict[int, int]:
    """People by voter group; groups of the roll may be left empty. Raises: PortalError naming the field."""
    found = {}
    for group in groups:
        text = data.get(f"roster-{group.pk}", "").strip()
        if not text and group.counts_members:
            continue
        value = number(text)
        if value is None:
            message = _("“%(group)s”: say how many people are entitled, as a whole number.")
            raise PortalError(message % {"group": group.name}, field=f"roster-{group.pk}")
        found[group.pk] = value
    return found


def read_moment(text: str, field: str) -> datetime | None:
    """A moment in Shanghai from a date-time field; None where it is empty. Raises: PortalError."""
    if not text.strip():
        return None
    try:
        moment = parse_datetime(text.strip())
    except ValueError:
        moment = None
    if moment is None:
        raise PortalError(_("This is no date with a time."), field=field)
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment


def read_time(text: str) -> time | None:
    """A time of day, or None."""
    try:
        return parse_time(text.strip()) if text.strip() else None
    except ValueError:
        return None


def read_counts(data: QueryDict, poll: Poll) -> dict[int, Counted]:
    """What was counted, by voter group; empty fields are 0. Raises: PortalError naming the group."""
    questions, options = list(poll.form.questions.all()), list(poll.form.options.all())
    found = {}
    for roster in poll.rosters.select_related("group"):
        group = roster.group

        def said(name: str, group: VoterGroup = group) -> int:
            value = number(data.get(name) or "0")
            if value is None:
                message = _("%(group)s: counts are whole numbers from 0 on.") % {"group": group.name}
                raise PortalError(message, field=f"group-{group.pk}")
            return value

        found[group.pk] = Counted(
            said(f"issued-{group.pk}"),
            said(f"returned-{group.pk}"),
            said(f"valid-{group.pk}"),
            {
                (question.pk, option.pk): said(f"n-{group.pk}-{question.pk}-{option.pk}")
                for question in questions
                for option in options
            },
        )
    return found


def counts_table(poll: Poll, data: Mapping[str, str] | None = None) -> list[dict]:
    """The fields of the counting page: a group with its ballots and a table questions × options."""
    stored = {
        (group, question, option): n
        for group, question, option, n in Counter.objects.filter(poll=poll).values_list(
            "group_id", "question_id", "option_id", "n"
        )
    }
    questions, options = list(poll.form.questions.all()), list(poll.form.options.all())
    tables = []
    for roster in poll.rosters.select_related("group").order_by("group__position"):
        group = roster.group_id

        def shown(name: str, value: int | None) -> object:
            return data.get(name, "") if data is not None else ("" if value is None else value)

        tables.append(
            {
                "roster": roster,
                "issued": shown(f"issued-{group}", roster.issued),
                "returned": shown(f"returned-{group}", roster.returned),
                "valid": shown(f"valid-{group}", roster.valid),
                "rows": [
                    {
                        "question": question,
                        "cells": [
                            {
                                "option": option,
                                "name": f"n-{group}-{question.pk}-{option.pk}",
                                "value": shown(
                                    f"n-{group}-{question.pk}-{option.pk}", stored.get((group, question.pk, option.pk))
                                ),
                            }
                            for option in options
                        ],
                    }
                    for question in questions
                ],
            }
        )
    return tables
