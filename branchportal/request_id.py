"""The number of the request being answered: in its audit rows, log lines and the header `X-Request-ID`."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
