"""A process that opens a cycle beside others: `python -m tests.assessments.openers CYCLE USER [DIES_AT_PORTION]`.

It says "ready", waits for a line, opens the cycle in portions of three, and says how many sheets it made. With the
third argument it is dead in the middle of that portion: sheets written, audit rows not, nothing committed.
"""

import os
import sys

import django


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(cycle_id: int, user_id: int, dies_at: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "branchportal.settings")
    django.setup()
    from assessments.cycles.models import Cycle
    from assessments.cycles.services import opening
    from branchportal import audit
    from branchportal.jobs import Silent
    from members.models import User

    written, portions = audit.record_many, []

    def write_or_die(entries: object) -> None:
        portions.append(entries)
        if len(portions) == dies_at:
            os._exit(9)
        written(entries)

    opening.PORTION, audit.record_many = 3, write_or_die
    cycle = Cycle.objects.select_related("plan__scheme_version").get(pk=cycle_id)
    actor = User.objects.get(pk=user_id)
    say("ready")
    sys.stdin.readline()
    say(str(opening.open_cycle(cycle=cycle, actor=actor, progress=Silent())))


if __name__ == "__main__":
    main(*(int(text) for text in (*sys.argv[1:], "0")[:3]))
