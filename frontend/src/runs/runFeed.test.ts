import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type FeedSocket, RunFeed } from "./runFeed";

/** A socket that the test opens, fills and breaks by hand. */
class HandSocket implements FeedSocket {
  onopen: FeedSocket["onopen"] = null;
  onmessage: FeedSocket["onmessage"] = null;
  onclose: FeedSocket["onclose"] = null;
  urls: string[] = [];
  closed = false;

  constructor(private readonly url: () => string) {
    this.urls.push(url());
  }

  reconnect(): void {
    this.urls.push(this.url());
  }

  close(): void {
    this.closed = true;
  }

  point(seq: number, step: number, loss: number): void {
    const event = { type: "point", seq, time: "2026-11-19T10:00:00Z", step, values: { "train/loss": [loss] } };
    this.onmessage?.({ data: JSON.stringify(event) });
  }
}

function openFeed(): { feed: RunFeed; socket: HandSocket } {
  let socket: HandSocket | undefined;
  const feed = new RunFeed("r1", (url) => {
    socket = new HandSocket(url);
    return socket;
  });
  return { feed, socket: socket as HandSocket };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("a lost connection is opened again after the last event applied", () => {
  const { feed, socket } = openFeed();
  socket.onopen?.();
  socket.point(1, 1, 2.3);
  socket.point(2, 2, 2.2);
  socket.onclose?.({ code: 1006 });
  expect(feed.connection).toBe("reconnecting");
  socket.reconnect();
  socket.onopen?.();
  socket.point(2, 2, 2.2);
  socket.point(3, 3, 2.1);
  expect(socket.urls.map((url) => url.split("?")[1])).toEqual(["after=0&language=en", "after=2&language=en"]);
  expect([...(feed.log.series.get("train/loss")?.values ?? [])]).toEqual([2.3, 2.2, 2.1]);
  expect(feed.connection).toBe("live");
});

test("a gap asks again for what is missing instead of drawing past it", () => {
  const { feed, socket } = openFeed();
  socket.point(1, 1, 2.3);
  socket.point(3, 3, 2.1);
  expect(socket.urls.at(-1)).toContain("after=1");
  expect(feed.log.lastStep).toBe(1);
});

test("listeners are told at most ten times a second", () => {
  const { feed, socket } = openFeed();
  const listener = vi.fn();
  feed.subscribe(listener);
  for (let step = 1; step <= 500; step++) socket.point(step, step, 1);
  vi.advanceTimersByTime(100);
  expect(listener).toHaveBeenCalledTimes(1);
  expect(feed.log.lastStep).toBe(500);
});

test("a refusal is not tried again", () => {
  const { feed, socket } = openFeed();
  socket.onclose?.({ code: 4404 });
  expect(socket.closed).toBe(true);
  expect(feed.connection).toBe("closed");
});
