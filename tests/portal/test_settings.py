"""Wrong surroundings stop the start with a sentence that names the cure."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def start(tmp_path: Path, **env: str) -> subprocess.CompletedProcess:
    surroundings = {"PATH": os.environ["PATH"], "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3", **env}
    command = [sys.executable, "manage.py", "check"]
    return subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"DATABASE_URL": "mysql://x"}, "Use sqlite:///FILE or postgresql://"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is shorter than 32 characters"),
        (
            {"PORTAL_DEMO": "1", "DATABASE_URL": "postgresql://u:p@127.0.0.1:1/x"},
            "PORTAL_DEMO=1 is for the demonstration",
        ),
        ({"PORTAL_DEMO": "1", "REDIS_URL": "redis://127.0.0.1:1/0"}, "PORTAL_DEMO=1 is for the demonstration"),
    ],
)
def test_a_wrong_value_stops_the_start_with_its_cure(tmp_path: Path, env: dict[str, str], said: str) -> None:
    done = start(tmp_path, **env)
    assert done.returncode != 0
    assert said in done.stderr


def test_with_nothing_set_it_starts(tmp_path: Path) -> None:
    assert start(tmp_path).returncode == 0
