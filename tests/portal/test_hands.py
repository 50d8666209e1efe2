"""A worker lets go of a message whose end Redis could not be told: else two of them would leave it deaf for good."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from kombu.transport import redis, virtual
from redis.exceptions import TimeoutError as RedisTimeoutError

import branchportal.celery  # noqa: F401 (it sets what is tried here)


class Silent:
    """A connection to a Redis that hangs."""

    def pipeline(self) -> "Silent":
        return self

    def zrem(self, *arguments: object) -> "Silent":
        return self

    hdel = zrem

    def execute(self) -> None:
        raise RedisTimeoutError("Timeout reading from socket")

    def transaction(self, *arguments: object) -> None:
        self.execute()


@contextmanager
def _hung(client: object = None) -> Iterator[Silent]:
    yield Silent()


@pytest.mark.parametrize("end", ["ack", "reject", "requeue"])
def test_what_could_not_be_acknowledged_does_not_fill_the_hands(end: str) -> None:
    keys = dict.fromkeys(("unacked_key", "unacked_index_key", "unacked_restore_limit"), "u")
    channel = SimpleNamespace(conn_or_acquire=_hung, do_restore=False, **keys)
    hands = redis.Channel.QoS(channel, prefetch_count=2)
    for tag in ("one", "two"):
        virtual.QoS.append(hands, SimpleNamespace(), tag)
    assert not hands.can_consume()
    for tag in ("one", "two"):
        with pytest.raises(RedisTimeoutError):
            hands.ack(tag) if end == "ack" else hands.reject(tag, requeue=end == "requeue")
    assert hands.can_consume()
