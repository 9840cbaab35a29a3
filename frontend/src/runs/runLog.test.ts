import { expect, test } from "vitest";
import { pointsCsv } from "./csv";
import type { RunEvent } from "./events";
import { RunLog } from "./runLog";

const TIME = "2026-11-19T10:00:00.000Z";

/** An event without its number and time; `numbered` gives both in the order of the list. */
type Draft = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, "seq" | "time"> : never) : never;

function numbered(drafts: Draft[], first = 1): RunEvent[] {
  return drafts.map((draft, index) => ({ ...draft, seq: first + index, time: TIME }) as RunEvent);
}

function logOf(events: RunEvent[]): RunLog {
  const log = new RunLog();
  for (const event of events) log.apply(event);
  return log;
}

function losses(log: RunLog): number[] {
  return [...(log.series.get("train/loss")?.values ?? [])];
}

const epoch = (number: number, step: number): Draft => ({
  type: "epoch",
  epoch: number,
  step,
  values: { "val/loss": 1 / number },
  seconds: 2,
});

test("points of several events stand at their steps", () => {
  const log = logOf(
    numbered([
      { type: "point", step: 1, values: { "train/loss": [2.3, 2.2] } },
      { type: "point", step: 3, values: { "train/loss": [2.1], "train/accuracy": [0.5] } },
    ]),
  );
  expect(losses(log)).toEqual([2.3, 2.2, 2.1]);
  expect(log.series.get("train/accuracy")?.at(3)).toBe(0.5);
  expect(log.series.get("train/accuracy")?.at(1)).toBeNaN();
  expect(log.lastStep).toBe(3);
});

test("an event that comes twice changes nothing", () => {
  const events = numbered([
    { type: "point", step: 1, values: { "train/loss": [2, 1] } },
    { type: "log", level: "info", message: "hello" },
  ]);
  const log = logOf([...events, ...events]);
  expect(losses(log)).toEqual([2, 1]);
  expect(log.lines).toHaveLength(1);
  expect(log.apply(events[0] as RunEvent)).toBe("duplicate");
});

test("an event after a gap is refused and leaves the log as it was", () => {
  const log = logOf(numbered([{ type: "point", step: 1, values: { "train/loss": [2] } }]));
  const [late] = numbered([{ type: "point", step: 3, values: { "train/loss": [1] } }], 3);
  expect(log.apply(late as RunEvent)).toBe("gap");
  expect(log.lastSeq).toBe(1);
  expect(losses(log)).toEqual([2]);
});

test("a rewind forgets what came after its step and the steps are then written again", () => {
  const log = logOf(
    numbered([
      { type: "point", step: 1, values: { "train/loss": [4, 3] } },
      epoch(1, 2),
      { type: "checkpoint", step: 2, epoch: 1, kinds: ["last", "best"] },
      { type: "point", step: 3, values: { "train/loss": [2.5, 2.4] } },
      epoch(2, 4),
      { type: "rewind", step: 2 },
      { type: "point", step: 3, values: { "train/loss": [2.6] } },
    ]),
  );
  expect(losses(log)).toEqual([4, 3, 2.6]);
  expect(log.epochs.map((event) => event.epoch)).toEqual([1]);
  expect(log.checkpoints.map((event) => event.step)).toEqual([2]);
  expect(log.marks.map((mark) => mark.step)).toEqual([2, 3]);
});

test("a rewind to the beginning leaves no point", () => {
  const log = logOf(
    numbered([
      { type: "point", step: 1, values: { "train/loss": [4, 3] } },
      { type: "rewind", step: 0 },
    ]),
  );
  expect(losses(log)).toEqual([]);
  expect(log.lastStep).toBe(0);
});

test("the line of an epoch carries the checkpoint that followed it", () => {
  const log = logOf(numbered([epoch(1, 2), { type: "checkpoint", step: 2, epoch: 1, kinds: ["best"] }]));
  expect(log.lines).toMatchObject([{ kind: "epoch", checkpoint: { kinds: ["best"] } }]);
});

test("the end tells the final state and the test metrics", () => {
  const log = logOf(numbered([{ type: "end", status: "succeeded", test: { accuracy: 0.87 } }]));
  expect(log.status).toBe("succeeded");
  expect(log.test).toEqual({ accuracy: 0.87 });
});

test("thousands of points keep their exact values", () => {
  const values = Array.from({ length: 5000 }, (_, index) => 1 / (index + 3));
  const log = logOf(
    numbered([
      { type: "point", step: 1, values: { "train/loss": values.slice(0, 1700) } },
      { type: "point", step: 1701, values: { "train/loss": values.slice(1700) } },
    ]),
  );
  expect(losses(log)).toEqual(values);
});

test("the exported points are the exact numbers, with missing ones empty", () => {
  const loss = 0.1 + 0.2;
  const log = logOf(numbered([{ type: "point", step: 1, values: { "train/loss": [loss, null] } }, epoch(1, 2)]));
  expect(pointsCsv(log)).toBe(`step,train/loss,epoch,epoch:val/loss\n1,${loss},,\n2,,1,1\n`);
});
