"""What nobody would type into a form, and which fields a page reads."""

import inspect
import random
import re
from collections.abc import Callable
from urllib.parse import quote_from_bytes, quote_plus

from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import resolve

SURROGATE = "\ud800"
VALUES = (
    "", " ", "x" * 5000, "长" * 3000, "9" * 400, "-1", "0", "1", "2", "1e400", "1e5", "NaN", "Infinity", "0x10",
    "１２", "١٢", "²", "9" * 4400, "\0", "a\0b",
    "\r\n\t\x0b\x1b", SURROGATE, f"a{SURROGATE}b", "\u202e\u200b", "𠮷🚩", "\ufffe",
    "9223372036854775807", "9223372036854775808", "-9223372036854775809", "2147483648", "32768", "0.1", "1,5", "--",
    "2026-02-30", "9999-12-31", "10000-01-01", "0001-01-01", "2026-11-21T25:61", "2026-11-21T10:00", "2026-11-21",
    "[1, 2]", '{"a": 1}', '{"a": ' * 200, "null", "true", "on", "off", "None", "<script>alert(1)</script>", "+",
    "' OR 1=1 --",
    '"; DROP TABLE members_user; --', "%s%d%n", "{{ 7 }}", "../../etc/passwd", "..\\..\\", "/tmp", "file:///etc/passwd",
    "=1+1", "@SUM(A1)", "*", "%", "_", "\\", "a" * 41, "a" * 201, "1.1", "1.1.1.1", "draft", "approved", "csv", "Q9",
)  # fmt: skip
FILES = (b"", b"%PDF-1.4", b"PK\x03\x04junk", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"a,b\n1,2\n", b"\0" * 2000)
READ = re.compile(
    r"""(?:POST|GET|FILES)(?:\.get(?:list)?)?[(\[]\s*["']([^"'{}]{1,40})["']"""
    r"""|["']([\w-]{1,40})["'] (?:not )?in request"""
)
PASSED = re.compile(r"""_(?:numbers?|number_of|text|field)\(request, ["']([\w-]{1,40})["']""")


def view_of(path: str) -> Callable:
    """The function or class behind an address, without what decorates it."""
    view = resolve(path).func
    return inspect.unwrap(getattr(view, "view_class", getattr(view, "cls", view)))


def fields_of(path: str) -> list[str]:
    """Names that the module of the page reads by itself, and the fields of the forms that it knows."""
    module = inspect.getmodule(view_of(path))
    source = inspect.getsource(module) if module else ""
    names = {name for found in READ.findall(source) for name in found if name} | set(PASSED.findall(source))
    for thing in vars(module).values() if module else ():
        if inspect.isclass(thing) and issubclass(thing, forms.BaseForm):
            names |= set(getattr(thing, "base_fields", {}))
    return sorted(names | {"version"})


def spoiled(dice: random.Random, names: list[str], right: dict[str, object]) -> dict[str, list[object]]:
    """A form with some fields missing, some as they should be, some wrong, some twice, some a file, one unknown."""
    form: dict[str, list[object]] = {}
    for name in {*names, *right}:
        match dice.randrange(6):
            case 0 if name not in right or dice.random() < 0.3:
                continue
            case 1 | 2 if name in right:
                form[name] = [right[name]]
            case 3:
                form[name] = dice.sample(VALUES, 2)
            case 4 if dice.random() < 0.2:
                form[name] = [SimpleUploadedFile("表\r\n.xlsx", dice.choice(FILES))]
            case _other:
                form[name] = [dice.choice(VALUES)]
    return form | {dice.choice(("id", "pk", "is_superuser", "status", "a" * 200)): [dice.choice(VALUES)]}


def body_of(form: dict[str, list[object]]) -> str:
    """The form as a browser would encode it, with surrogates as the bytes that no browser sends."""
    pairs = [(name, value) for name, values in form.items() for value in values if not hasattr(value, "read")]
    return "&".join(f"{quote_plus(name)}={_quoted(str(value))}" for name, value in pairs)


def _quoted(text: str) -> str:
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"))
