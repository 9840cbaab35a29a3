"""Pages that follow runs: `python -m tests.bench.stream_readers TASK`, as JSON.

TASK is `{"urls": [...], "authorization": ...}`, a websocket a URL. It prints `ready` when all are open, and in the end
how many events came, and what each point took from the child that handed it over. A socket with an event missing,
doubled or out of order is an error.
"""

import asyncio
import json
import sys
import time

from websockets.asyncio.client import connect


async def follow(url: str, authorization: str, opened: asyncio.Semaphore, latencies: list[float]) -> int:
    """Read a run to its end. Answers the number of the last event."""
    seq = 0
    async with connect(url, additional_headers={"Authorization": authorization}, open_timeout=60) as socket:
        opened.release()
        async for text in socket:
            now = time.monotonic()
            event = json.loads(text)
            seq += 1
            if event["seq"] != seq:
                raise AssertionError(f"event {event['seq']} came where {seq} was due")
            if event["type"] == "point":
                latencies.append((now - event["sent"]) * 1000)
            if event["type"] == "end":
                return seq
    raise AssertionError("the stream ended before the run")


async def follow_all(urls: list[str], authorization: str) -> dict[str, object]:
    opened, latencies = asyncio.Semaphore(0), []
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(follow(url, authorization, opened, latencies)) for url in urls]
        for _ in urls:
            await opened.acquire()
        print("ready", flush=True)
    return {"num_events": sum(task.result() for task in tasks), "latency_ms": latencies}


if __name__ == "__main__":
    task = json.loads(sys.argv[1])
    print(json.dumps(asyncio.run(follow_all(task["urls"], task["authorization"]))))
