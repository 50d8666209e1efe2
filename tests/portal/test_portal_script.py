"""./portal: what it says to a wrong word, a wrong option and a taken port."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
WORDS = ("demo", "test", "faults", "lint", "serve", "worker", "bench", "shell")


def portal(*words: str, **environment: str) -> subprocess.CompletedProcess:
    env = {**os.environ, "PORTAL_SKIP_APT": "1", **environment}
    return subprocess.run([ROOT / "portal", *words], env=env, capture_output=True, text=True, timeout=120)


def script(name: str, *words: str) -> subprocess.CompletedProcess:
    command = [sys.executable, ROOT / "scripts" / name, *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_help_names_every_word() -> None:
    done = portal("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.findall(r"^  ([a-z]+) ", done.stdout, re.M) == list(WORDS)


def test_no_word_shows_the_help_and_fails() -> None:
    done = portal()
    assert done.returncode == 2
    assert done.stdout.startswith("Usage: ./portal WORD")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["dmeo"], "portal: There is no word “dmeo”. See ./portal --help"),
        (["demo", "--frsh"], "portal: demo does not know “--frsh”. It takes --fresh, --port N and --host H"),
        (["demo", "--port"], "portal: --port needs a value. See ./portal --help"),
        (
            ["demo", "--port", "eighty"],
            "portal: The port “eighty” is not a number from 1 to 65535. Example: --port 8001",
        ),
        (["faults", "many"], "portal: “many” is not a number of cycles. Example: ./portal faults 10"),
        (["demo", "--port=0"], "portal: The port “0” is not a number from 1 to 65535. Example: --port 8001"),
        (["demo", "--port=70000"], "portal: The port “70000” is not a number from 1 to 65535. Example: --port 8001"),
    ],
)
def test_a_wrong_word_is_answered_with_a_sentence(words: list[str], sentence: str) -> None:
    done = portal(*words)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", sentence + "\n")


def test_the_demonstration_refuses_another_database() -> None:
    done = portal("demo", DATABASE_URL="postgresql://portal@database/portal")
    assert done.returncode == 1
    assert done.stderr.startswith("portal: The demonstration runs on SQLite, but DATABASE_URL names another database.")


def test_a_worker_without_redis_says_who_does_the_jobs() -> None:
    done = portal("worker", REDIS_URL="")
    assert done.returncode == 1
    assert done.stderr.startswith("portal: A separate worker needs REDIS_URL, for example redis://")


def test_a_taken_port_is_said_with_the_next_free_one() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = script("port.py", "127.0.0.1", str(port))
    assert done.returncode == 1
    found = re.fullmatch(rf"portal: Port {port} on 127\.0\.0\.1 is taken\. Choose another: --port (\d+)\n", done.stderr)
    assert found
    assert int(found[1]) > port


def test_a_free_port_is_taken_without_a_word() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    done = script("port.py", "127.0.0.1", str(port))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_address_of_another_machine_is_refused() -> None:
    done = script("port.py", "192.0.2.7", "8000")
    assert done.returncode == 1
    assert done.stderr == (
        "portal: “192.0.2.7” is no address of this machine. Use --host 127.0.0.1, or 0.0.0.0 for all.\n"
    )


def test_the_continuous_check_is_exactly_the_test_command() -> None:
    lines = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if line and not line.startswith("#")]
    assert lines == ['exec "$(dirname "$0")/../portal" test']
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


@pytest.mark.parametrize("lock", ["demo", "serve", "test", "tools"])
def test_locks_are_pinned_with_hashes_and_carry_no_address(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    entries = re.findall(r"^[a-z0-9].*?(?=^[a-z0-9]|\Z)", text, re.M | re.S)
    assert entries
    for entry in entries:
        assert re.match(r"[a-z0-9._-]+(\[[^]]*\])?==", entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry, entry.splitlines()[0]
    assert "://" not in text


def test_the_demonstration_lock_agrees_with_the_test_lock() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^(\S+==\S+)", (ROOT / "requirements" / f"{name}.txt").read_text(), re.M))

    assert pins("serve") < pins("demo") < pins("test")


def test_the_npm_lock_carries_no_registry_address() -> None:
    assert "://" not in (ROOT / "package-lock.json").read_text()
    assert "omit-lockfile-registry-resolved=true" in (ROOT / ".npmrc").read_text()
