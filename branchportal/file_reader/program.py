"""A file in on standard input, one line of JSON out, behind it the new content where the file is made anew.

The line is `{"fresh": false}`, `{"fresh": true}` or `{"refused": code}`. Without one, the limits ended the process.
"""

import json
import resource
import sys
from collections.abc import Callable

from .limits import CPU_SECONDS, MEMORY_BYTES, Refused

Check = Callable[[bytes], bytes | None]


def main() -> int:
    """Load what the kind needs, set the limits, look, answer."""
    check = check_of(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # writes no file
    try:
        fresh = check(sys.stdin.buffer.read())
        say({"fresh": fresh is not None}, fresh or b"")
    except Refused as refusal:
        say({"refused": refusal.code})
    except (MemoryError, RecursionError):
        say({"refused": "too_much"})
    return 0


def check_of(kind: str) -> Check:
    """What looks into files of this kind; its library is loaded before the limits are set."""
    if kind in ("jpeg", "png"):
        from .pictures import fresh_jpeg, fresh_png

        return fresh_jpeg if kind == "jpeg" else fresh_png
    if kind == "pdf":
        from .papers import check_pdf

        return check_pdf
    from .office import check_docx, check_xlsx

    return {"docx": check_docx, "xlsx": check_xlsx}[kind]


def say(line: dict, content: bytes = b"") -> None:
    sys.stdout.buffer.write(json.dumps(line).encode() + b"\n")
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
