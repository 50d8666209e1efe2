"""A TCP proxy on the loopback address that can go wrong on purpose: between portal and servers, browser and portal."""

import contextlib
import socket
import threading
import time

PIECE = 65536


class Proxy:
    """Passes bytes to `target` until told otherwise. Connections are handled by daemon threads.

    `cut`: connections end, new ones are refused; `hang`: they stand, nothing passes; `delay`: each piece waits;
    `half`: requests pass, answers are dropped; `heal`: all is well again.
    """

    def __init__(self, target: int) -> None:
        self.target, self.mode, self.wait_ms = target, "pass", 0
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self._lines: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self.mode = "cut"
        self._end_lines()

    def hang(self) -> None:
        self.mode = "hang"

    def delay(self, milliseconds: int) -> None:
        self.mode, self.wait_ms = "delay", milliseconds

    def half(self) -> None:
        self.mode = "half"

    def heal(self) -> None:
        self.mode = "pass"

    def close(self) -> None:
        """End everything; the proxy cannot be used afterwards."""
        self.mode = "cut"
        self._door.close()
        self._end_lines()

    def _accept(self) -> None:
        while True:
            try:
                near, _address = self._door.accept()
            except OSError:
                return
            if self.mode == "cut":
                near.close()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self.target), timeout=60)
            except OSError:
                near.close()
                continue
            self._lines += [near, far]
            for source, to, is_answer in ((near, far, False), (far, near, True)):
                threading.Thread(target=self._pass, args=(source, to, is_answer), daemon=True).start()

    def _pass(self, source: socket.socket, to: socket.socket, is_answer: bool) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(PIECE):
                while self.mode == "hang":
                    time.sleep(0.02)
                if self.mode == "delay":
                    time.sleep(self.wait_ms / 1000)
                if self.mode == "cut" or (is_answer and self.mode == "half"):
                    break
                to.sendall(piece)
        for line in (source, to):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def _end_lines(self) -> None:
        lines, self._lines = self._lines, []
        for line in lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
