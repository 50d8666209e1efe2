"""What is wrong with a YAML file in our own words: the libraries' reasons are English and say little to an office.

Both loaders are known here, the one of Python and that of libyaml, which reads large files.
"""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

SPLIT = gettext_noop("the file holds several documents; keep one, without lines of “---” between")
PLACE = gettext_noop("the indentation does not fit the lines above; use spaces, the same number on one level")
REASONS = (
    ("(single|another) document|document (separator|start)", SPLIT),
    ("mapping values are not allowed", gettext_noop(
        "a colon stands where none is expected; check the indentation, and put text with a colon in quotation marks")),
    ("(could not|did not) find expected ':'", gettext_noop("after the key a colon with a space behind it is missing")),
    ("cannot start any token", gettext_noop(
        "the sign here cannot begin a value, and tabs are no indentation; use spaces, or quotation marks")),
    ("',' or '[]}]'", gettext_noop("a list in brackets is not closed, or a comma is missing in it")),
    ("unexpected end of stream", gettext_noop("quotation marks are opened here and never closed")),
    ("block end|expected key|entries are not allowed|keys are not allowed|block indicator|indentation", PLACE),
    ("escape", gettext_noop("a backslash stands in double quotation marks; use single ones")),
    ("alias|anchor", gettext_noop("“&” and “*” name anchors; put text that begins with them in quotation marks")),
    ("node content", gettext_noop("a value is missing here")),
    ("tag|'!'", gettext_noop("“!” begins a tag; put text that begins with it in quotation marks")),
    ("special character|control character|unacceptable|unicode|utf", gettext_noop(
        "there is a sign here that cannot be seen; delete it and type the text anew")),
    ("recursion", gettext_noop("the entries are nested too deeply")),
)  # fmt: skip
OTHER = gettext_noop("what stands here has no meaning; check indentation, colons, brackets and quotation marks")


def reason_of(text: str) -> str:
    """The reason that a YAML library gives, in the language that is active."""
    found = (words for pattern, words in REASONS if re.search(pattern, text, re.IGNORECASE))
    return _(next(found, OTHER))
