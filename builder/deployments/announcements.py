"""Word on the bus that a deployment or a key has changed.

The database decides; who misses the word finds out by its poll.
"""

import logging

import redis
from django.conf import settings
from django.db import transaction

log = logging.getLogger(__name__)

CHANNEL = "layerloom:deployments"
_client = redis.Redis.from_url(settings.BUS_URL, socket_timeout=2, socket_connect_timeout=1)


def announce_deployment(slug: str) -> None:
    """Once the transaction is committed, tell every web process to look at the deployment again."""
    transaction.on_commit(lambda: _publish(f"deployment {slug}"))


def announce_key(prefix: str) -> None:
    transaction.on_commit(lambda: _publish(f"key {prefix}"))


def _publish(word: str) -> None:
    try:
        _client.publish(CHANNEL, word)
    except redis.RedisError as error:
        log.warning("could not announce %r: %s; the polls will find it", word, error)
