"""Scheme files in YAML: text to plain data and back, numbers kept as decimal text and never read through a float."""

import codecs
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import yaml

from assessments.scoring import Problem, Scheme, SchemeError
from assessments.scoring.numbers import SCALE, plain

MOST_BYTES = 5_000_000
MOST_NODES = 100_000  # counted with every alias written out, so that a small file cannot unfold into a huge one
SMALL = 200_000  # characters
MOST_DEPTH = 100
FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
NULLS = ("", "~", "null", "Null", "NULL")
YES = ("yes", "Yes", "YES", "true", "True", "TRUE")
NO = ("no", "No", "NO", "false", "False", "FALSE")
INTEGER = re.compile(r"[+-]?[0-9]+")
DECIMAL = re.compile(r"[+-]?([0-9]+\.[0-9]*|\.[0-9]+)")
LONGEST_NUMBER = 60


def read_scheme_yaml(content: bytes | str) -> Any:
    """Plain data of a YAML file: text, int, Decimal, bool, None, list, dict.

    Raises: SchemeError with one problem whose path is the line (`line 12`), for text that is no YAML, a key that
    stands twice in one place, several documents, or a file beyond the limits.
    """
    text = decode(content) if isinstance(content, bytes) else content
    if len(text) > MOST_BYTES:
        raise SchemeError([Problem("", "file_too_large", len(text), {"most": MOST_BYTES})])
    try:
        node = yaml.compose(text, Loader=_loader(text))
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(*_place(error), error.problem) from error
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        column = len(before.rpartition("\n")[2])
        raise _not_yaml(before.count("\n"), column, "unacceptable character") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise _not_yaml(reason=str(error)) from error
    if node is None:
        raise SchemeError([Problem("line 1", "file_empty")])
    if _size(node, {}, set()) > MOST_NODES:
        raise SchemeError([Problem("line 1", "file_too_large", None, {"most": MOST_NODES})])
    problems: list[Problem] = []
    data = _plain(node, problems)
    if problems:
        raise SchemeError(problems)
    return data


def _place(error: yaml.MarkedYAMLError) -> tuple[int, int]:
    """Line and column: what is missing behind something is told where that began."""
    is_open = re.search("end of stream|expected ':'", error.problem or "")
    marks = (error.context_mark, error.problem_mark) if is_open else (error.problem_mark, error.context_mark)
    mark = marks[0] or marks[1]
    return (mark.line, mark.column) if mark else (0, 0)


def _not_yaml(line: int = 0, column: int = 0, reason: str | None = "") -> SchemeError:
    """Line and column are counted from 0. `reason` is the library's, said in our words by `yaml_words`."""
    params = {"reason": str(reason or "")[:200], "column": column + 1}
    return SchemeError([Problem(f"line {line + 1}", "not_yaml", None, params)])


def _loader(text: str) -> type:
    """The loader for a text: for a large one the fast one written in C, once nothing of it is deep or too much.

    Raises: SchemeError beyond the limits; YAMLError where it is no YAML.
    """
    if len(text) <= SMALL:
        return yaml.SafeLoader
    count = depth = 0
    for event in yaml.parse(text, Loader=FAST):
        count += isinstance(event, yaml.NodeEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if count > MOST_NODES or depth > MOST_DEPTH:  # the fast loader has no guard of its own against depth
            raise SchemeError([Problem("line 1", "file_too_large", None, {"most": MOST_NODES})])
    return FAST


def decode(content: bytes) -> str:
    """Text of a file in UTF-8 (with or without a mark) or GBK (with all of GB 18030). Raises: SchemeError."""
    content = content.removeprefix(codecs.BOM_UTF8)
    for encoding in ("utf-8", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SchemeError([Problem("line 1", "not_text_file")])


def _size(node: yaml.Node, known: dict[int, int], above: set[int]) -> int:
    """Nodes below, each alias counted again. A node inside itself is beyond every limit."""
    if id(node) in above:
        return MOST_NODES + 1
    if id(node) not in known:
        above.add(id(node))
        known[id(node)] = 1 + sum(_size(child, known, above) for child in _children(node))
        above.discard(id(node))
    return min(known[id(node)], MOST_NODES + 1)


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        yield from node.value
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield value


def _plain(node: yaml.Node, problems: list[Problem]) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, problems) for child in node.value]
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = f"line {key_node.start_mark.line + 1}"
        if not isinstance(key_node, yaml.ScalarNode):
            problems.append(Problem(line, "key_not_text"))
        elif key_node.value == "<<" and key_node.style is None:
            problems.append(Problem(line, "merge_key", "<<"))
        elif key_node.value in found:
            problems.append(Problem(line, "duplicate_key", key_node.value))
        else:
            found[key_node.value] = _plain(value_node, problems)
    return found


def _scalar(node: yaml.ScalarNode) -> Any:
    """Only plain scalars can be numbers, yes or no, or nothing; what is quoted is text."""
    text = node.value
    if node.style is not None:
        return text
    if text in NULLS:
        return None
    if text in YES or text in NO:
        return text in YES
    if len(text) <= LONGEST_NUMBER:
        if INTEGER.fullmatch(text):
            return int(text)
        if DECIMAL.fullmatch(text):
            return Decimal(text)
    return text


class _Dumper(yaml.SafeDumper):
    """Writes decimals as plain scalars and lists inside mappings with an indent."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _write_decimal(dumper: yaml.SafeDumper, value: Decimal) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:float", format(value, "f"))


def _write_text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    """Text that another reader could take for a number, a date or yes is quoted."""
    quoted = "'" if _needs_quotes(value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=quoted)


def _needs_quotes(value: str) -> bool:
    node = yaml.ScalarNode("", value)
    return not isinstance(_scalar(node), str)


_Dumper.add_representer(Decimal, _write_decimal)
_Dumper.add_representer(str, _write_text)


def _yaml_number(value_up: int) -> int | Decimal:
    return value_up // SCALE if value_up % SCALE == 0 else Decimal(plain(value_up))


def write_scheme_yaml(scheme: Scheme) -> str:
    """The canonical YAML of a scheme; reading it gives an equal scheme."""
    data = scheme.to_data(_yaml_number)
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)
