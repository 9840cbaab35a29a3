"""Keeping what is in memory true: the bus announces changes at once, a poll finds what it missed."""

import asyncio
import contextlib
import logging

import redis.asyncio
from django.conf import settings
from django.db import DatabaseError

from builder.deployments.announcements import CHANNEL
from builder.deployments.predict.endpoints import Directory
from builder.deployments.predict.keyring import Keyring

log = logging.getLogger(__name__)

POLL_SECONDS = 15
RETRY_SECONDS = 2


async def poll(directory: Directory, keyring: Keyring) -> None:
    while True:
        await asyncio.sleep(POLL_SECONDS)
        try:
            await keyring.refresh()
            await directory.refresh()
        except DatabaseError as error:
            log.warning("the database did not answer the poll: %s", error)


async def listen(directory: Directory, keyring: Keyring) -> None:
    """Follow the bus for as long as it is there, and wait for it while it is not."""
    was_lost = False
    while True:
        client = redis.asyncio.Redis.from_url(settings.BUS_URL, socket_timeout=None)
        try:
            async with client.pubsub() as subscription:
                await subscription.subscribe(CHANNEL)
                was_lost = False
                async for message in subscription.listen():
                    if message["type"] == "message":
                        await _follow(message["data"].decode(), directory, keyring)
        except (redis.RedisError, OSError, DatabaseError) as error:
            if not was_lost:
                log.info("not following the bus: %s", error)
            was_lost = True
        finally:
            with contextlib.suppress(redis.RedisError, OSError):
                await client.aclose()
        await asyncio.sleep(RETRY_SECONDS)


async def _follow(word: str, directory: Directory, keyring: Keyring) -> None:
    about, _, name = word.partition(" ")
    if about == "key":
        await keyring.refresh([name])
    elif about == "deployment":
        await directory.refresh([name])
