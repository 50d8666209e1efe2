"""A populated copy goes back to an earlier release and forward again: seconds, and whether every digest is as before.

Usage: python benchmarks/migrating.py [--branches 2000]. The demonstration's city (680 branches, seven quarters and a
year) on SQLite, and as many branches as said, with a published quarter, on PostgreSQL. Exits with 1 when a publication,
the audit trail or a trigger is not as before, or when going forward takes more than a minute (R11).

`--here` does it with the database of the environment and is about no second: the restored copy of a test.
"""

import argparse
import io
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "branchportal.settings")
EARLIER = {"members": "0004", "branchportal": "0004", "assessments": "0018", "branches": "0004"}
MOST_SECONDS = 60


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--branches", type=int, default=2_000)
    parser.add_argument("--here", action="store_true")
    parser.add_argument("--fill", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        back_and_forth()
        return 0
    if options.fill is not None:
        return fill(options.fill)
    from benchmarks.shared.databases import each_database

    status = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, (url,) in each_database(Path(folder), [options.branches]):
            print(f"\n{name}:", flush=True)
            count = 0 if name == "SQLite" else options.branches  # 0: the demonstration's city
            demo = {} if count else {"PORTAL_DEMO": "1"}
            env = os.environ | demo | {"DATABASE_URL": url, "MEDIA_ROOT": f"{folder}/media"}
            env["AUDIT_ANCHORS"] = f"{folder}/{name}.anchors"
            status |= subprocess.run([sys.executable, __file__, "--fill", str(count)], env=env, check=False).returncode
    return status


def fill(branches: int) -> int:
    """Populate the empty database of the environment, then measure. Returns the exit code."""
    from benchmarks.shared.databases import open_fresh

    open_fresh()
    from django.core.management import call_command

    if branches:
        published(branches)
    else:
        call_command("demo", quiet=True)
    return int(back_and_forth() > MOST_SECONDS)


def published(branches: int) -> None:
    """A tallied and published quarter of so many branches."""
    from assessments.results.services.publishing import prepare_publication, publish
    from members.roles import Role
    from tests.factories.many import make_many
    from tests.factories.members import appoint, make_user
    from tests.factories.results import make_tally

    office, authority = (appoint(make_user(role.value.lower()), role) for role in (Role.OFFICE, Role.AUTHORITY))
    tally = make_tally(make_many(branches).cycle, office)
    prepared = prepare_publication(tally=tally, actor=office, digest=tally.digest, title="结果", note="测量迁移用")
    publish(publication=prepared, actor=authority)


def back_and_forth() -> float:
    """Migrate back and forward; returns the seconds forward took. Raises: AssertionError, or what a command raises."""
    import django

    django.setup()
    from django.core.management import call_command

    from branchportal.readiness import require_ready

    before, begun = verified(), time.monotonic()
    for label, number in EARLIER.items():
        call_command("migrate", label, number, verbosity=0)
    turned = time.monotonic()
    call_command("migrate", verbosity=0)
    done = time.monotonic()
    require_ready()  # every trigger stands, nothing waits
    assert verified() == before, "the verifications say something else than before"
    print(f"  back {turned - begun:5.1f} s, forward {done - turned:5.1f} s; every digest as before", flush=True)
    return done - turned


def verified() -> list[str]:
    """What the verifications of publications and of the audit trail say; they raise when anything is wrong."""
    from django.core.management import call_command

    said = []
    for command, options in (("publication_verify", {"all": True}), ("audit_verify", {})):
        out = io.StringIO()
        call_command(command, stdout=out, **options)
        said.append(out.getvalue())
    return said


if __name__ == "__main__":
    sys.exit(main())
