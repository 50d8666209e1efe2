"""Log lines: one JSON object each, with the request's id, without secrets or numbers of people.

Control characters are escaped in both forms, so nobody can forge a line; what looks like an identity card or a mobile
number, a token or a password in a text is blanked before it is written, wherever it comes from.
"""

import logging
import re

import structlog

from .request_id import request_id

BLANKED = "***"
SECRETS = re.compile(
    r"(?<![0-9A-Za-z])(?:\d{17}[\dXx]|\d{15}|1[3-9]\d{9})(?![0-9A-Za-z])"  # identity card, old card, mobile phone
    r"|(?<=[?&;\s\"'])(?:[\w-]*(?:password|passwd|token|secret|sessionid|code))=[^&;\s\"']*"
    r"|(?<=Authorization: )\S+ \S+"
    r"|(?<=/vote/)[\w.-]{20,}"  # the secret of a voter's link
    r"|(?<=Bearer )[^\s,;'\"]+|\bbpt_[\w-]{8,}",  # API tokens, wherever they stand
    re.IGNORECASE,
)


CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def scrubbed(text: str) -> str:
    """The text without numbers of people and secrets; `name=value` keeps its name."""
    return SECRETS.sub(lambda found: f"{found[0].split('=')[0]}={BLANKED}" if "=" in found[0] else BLANKED, text)


def on_one_line(text: str) -> str:
    """Controls and line ends as `\\n`, so that nobody's text begins a line of its own."""
    return CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class Scrub(logging.Filter):
    """Blanks a record's text and arguments, for every handler."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = scrubbed(record.getMessage()), None
        record.request_id = request_id.get()
        return True


class OneLine(logging.Formatter):
    """The form for reading by eye; only the trace of an error has further lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        return on_one_line(super().formatMessage(record))


def _with_request(logger: object, name: str, event: dict) -> dict:
    record = event.get("_record")
    if number := getattr(record, "request_id", ""):
        event["request_id"] = number
    return event


def _scrub_trace(logger: object, name: str, event: dict) -> dict:
    if "exception" in event:
        event["exception"] = scrubbed(event["exception"])
    return event


def json_formatter() -> logging.Formatter:
    """One JSON object a line: time in UTC, level, logger, request, message, and the trace of an error."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        ],
        processors=[
            _with_request,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _scrub_trace,
            structlog.processors.EventRenamer("message"),
            structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=True),
        ],
    )


def logging_settings(*, form: str, level: str, syslog: str) -> dict:
    """Django's LOGGING: `form` is `json` or `line`; `syslog` is empty, a socket's path or HOST:PORT."""
    handlers: dict[str, dict[str, object]] = {
        "console": {"class": "logging.StreamHandler", "formatter": form, "filters": ["scrub"]}
    }
    if syslog:
        host, _colon, port = syslog.rpartition(":")
        address = (host, int(port)) if port.isdigit() and host else syslog
        handlers["syslog"] = {
            "class": "logging.handlers.SysLogHandler",
            "address": address,
            "formatter": "json",
            "filters": ["scrub"],
        }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"scrub": {"()": "branchportal.logs.Scrub"}},
        "formatters": {
            "line": {"()": "branchportal.logs.OneLine", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
            "json": {"()": "branchportal.logs.json_formatter"},
        },
        "handlers": handlers,
        "root": {"handlers": list(handlers), "level": level},
        "loggers": {name: {"level": "ERROR"} for name in ("fontTools", "weasyprint", "axes", "pikepdf")},
    }
