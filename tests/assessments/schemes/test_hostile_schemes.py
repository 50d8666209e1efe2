"""T-M2: hostile scheme files come to a sentence, in time and memory, by the page that people use."""

import resource
import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from assessments.schemes.models import SchemeVersion

LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
HOSTILE = {
    "entities that multiply": LAUGHS,
    "very deep": "a: " + "[" * 20_000 + "]" * 20_000,
    "deep by indentation": "".join(" " * level + f"k{level}:\n" for level in range(3_000)),
    "a python object": "!!python/object/apply:os.system ['touch /tmp/owned']",
    "a python name": "a: !!python/name:os.system",
    "a number of a million digits": "code: " + "9" * 1_000_000,
    "a float that is none": "format: .nan\ncode: .inf",
    "an alias to itself": "a: &a\n  b: *a\n",
    "the same key twice": "code: a\ncode: b\n",
    "several documents": "a: 1\n---\nb: 2\n",
    "no text": "\x00\x01\x02",
    "bytes of another kind": "\ud800".encode("utf-16", "surrogatepass"),
    "a list": "- a\n- b\n",
    "nothing": "",
    "only a comment": "# nothing\n",
    "keys that are no texts": "? [a, b]\n: c\n1: 2\n",
    "a date as a code": "code: 2026-11-21\nversion: 2026-11-21\n",
    "a binary": "code: !!binary aGVsbG8=\n",
    "a long line": "name: " + "党" * 2_000_000,
    "many rows": "indicators:\n" + "- {code: '1', name: a, points: 1}\n" * 60_000,
    "a path as a code": "format: 1\ncode: ../../etc/passwd\nversion: '1'\n",
    "markup in a name": "format: 1\ncode: a\nname: <script>alert(1)</script>\n",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_t_m2_hostile_scheme_file_is_a_sentence(city, office, sign_in, case: str) -> None:
    content = HOSTILE[case]
    data = content if isinstance(content, bytes) else content.encode()
    before, begun = SchemeVersion.objects.count(), time.monotonic()
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = sign_in(office).post("/schemes/import/", {"file": SimpleUploadedFile("a.yaml", data), "no_secrets": "1"})
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - kilobytes) * 1024
    assert answer.status_code in (200, 400, 422), answer.status_code
    assert time.monotonic() - begun < 30  # 5 seconds on a machine with nothing else to do
    assert grown < 200_000_000
    page = answer.content.decode()
    assert "<script>alert(1)" not in page
    assert "Traceback" not in page
    assert SchemeVersion.objects.count() == before
