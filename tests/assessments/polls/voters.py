"""A process that votes with the links it is given, as a web process would: `python -m tests.assessments.polls.voters`.

Reads lines "secret label" from its input; prints one line a vote: "ok" or the name of the refusal.
"""

import os
import sys


def main() -> None:
    """Set Django up on DATABASE_URL and cast the votes."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "branchportal.settings")
    import django

    django.setup()
    from django.utils import timezone

    from assessments.polls.voting import Spent, find_ballot, vote

    print("ready", flush=True)  # noqa: T201 - what the test waits for
    for line in sys.stdin:
        secret, label = line.split()
        ballot = find_ballot(secret, timezone.now())
        if ballot is None:
            print("missed", flush=True)  # noqa: T201
            continue
        option = ballot.poll.form.options.get(label=label).pk
        answers = {question.pk: option for question in ballot.poll.form.questions.all()}
        try:
            vote(ballot=ballot, answers=answers, comment="好" if label == "好" else "", at=timezone.now())
        except Spent:
            print("spent", flush=True)  # noqa: T201
        else:
            print("ok", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
