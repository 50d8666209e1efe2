"""Django's SQLite, and a place in line for every thread of this process that wants to write.

SQLite lets one connection write at a time and lets the others try again and again, with longer and longer pauses: of
twenty that wait, one may still be trying after its patience is over while newcomers go first. So the threads of a
process wait for one another here, where nobody is overtaken for long, and only one of them tries at SQLite's door.
"""

import os
import threading
from collections import defaultdict
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

PATIENCE = 20.0  # seconds, as SQLite's own where the settings say nothing
_lines: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)  # by database file
os.register_at_fork(after_in_child=_lines.clear)  # whoever was writing is not here


class DatabaseWrapper(base.DatabaseWrapper):
    """One connection of one thread."""

    _turn: "threading.Lock | None" = None

    def _start_transaction_under_autocommit(self) -> None:
        self._queue()
        try:
            super()._start_transaction_under_autocommit()
        except BaseException:
            self._leave()
            raise

    def _commit(self) -> Any:
        result = super()._commit()
        self._leave()  # after a commit that failed, a rollback or a close comes
        return result

    def _rollback(self) -> Any:
        try:
            return super()._rollback()
        finally:
            self._leave()

    def _close(self) -> Any:
        try:
            return super()._close()
        finally:
            self._leave()

    def _queue(self) -> None:
        """Wait for this thread's turn. Raises: OperationalError when it does not come."""
        if self._turn is not None or self.is_in_memory_db():
            return
        line = _lines[str(self.settings_dict["NAME"])]
        if not line.acquire(timeout=self.settings_dict.get("OPTIONS", {}).get("timeout", PATIENCE)):
            raise OperationalError("database is locked")
        self._turn = line

    def _leave(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.release()
