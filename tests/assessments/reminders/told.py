"""Clock and mail server of these tests: a moment before a deadline, and a server that answers as it is told."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from assessments.cycles.models import Cycle
from assessments.reminders.services import gathering


def end_of(cycle: Cycle, kind: str = "self") -> datetime:
    """When a step ends."""
    return cycle.steps.get(kind=kind).ends_at


def tell(cycle: Cycle) -> datetime:
    """Gather a day before the self-assessment ends. Returns that moment."""
    now = end_of(cycle) - timedelta(days=1)
    gathering.gather(now)
    return now


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class MailServer:
    """Speaks just enough SMTP. `answer` is what it says to the text of a mail; "" hangs up without a word."""

    def __init__(self, answer: str, to: str) -> None:
        self.answer, self.to = answer, to
        self.received: list[str] = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _address = self.socket.accept()
            except OSError:
                return
            with client, client.makefile("rwb") as wire:
                self._talk(wire)

    def _talk(self, wire: object) -> None:
        def say(line: str) -> None:
            wire.write(f"{line}\r\n".encode())
            wire.flush()

        say("220 test")
        for line in wire:
            word = line[:4].upper()
            if word == b"DATA":
                say("354 go on")
                lines = []
                while (text := wire.readline()) not in (b".\r\n", b""):
                    lines.append(text)
                self.received.append(b"".join(lines).decode())
                if not self.answer:
                    return
                say(self.answer)
            elif word == b"RCPT":
                say(self.to)
            elif word == b"QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")


@contextmanager
def mail_server(settings: object, answer: str = "250 taken", to: str = "250 ok") -> Iterator[MailServer]:
    """The portal speaks to this server."""
    server = MailServer(answer, to)
    use(settings, server.port)
    try:
        yield server
    finally:
        server.socket.close()


def use(settings: object, port: int) -> None:
    """Real SMTP to a port of this machine."""
    settings.MAIL_FROM = "portal@example.gov.cn"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 5
