/** The events of a run's log, as the websocket and `runs/{id}/metrics/` give them. */

export type RunStatus = "queued" | "running" | "paused" | "succeeded" | "failed" | "cancelled";

interface Logged {
  /** The place in the log; numbers rise by one and are never used again. */
  seq: number;
  /** UTC, ISO 8601. */
  time: string;
}

export interface StatusEvent extends Logged {
  type: "status";
  status: RunStatus;
}

/** Values of `step` and the steps after it, one number a step. */
export interface PointEvent extends Logged {
  type: "point";
  step: number;
  values: Record<string, (number | null)[]>;
}

export interface EpochEvent extends Logged {
  type: "epoch";
  epoch: number;
  step: number;
  values: Record<string, number | null>;
  seconds: number;
  /** What the process, or the GPU, held at most so far. */
  memory_bytes?: number;
}

export interface LogEvent extends Logged {
  type: "log";
  level: "debug" | "info" | "warning" | "error";
  message: string;
}

export interface CheckpointEvent extends Logged {
  type: "checkpoint";
  step: number;
  epoch: number;
  kinds: string[];
}

/** The run went back to its last checkpoint: what came after `step` is trained again. */
export interface RewindEvent extends Logged {
  type: "rewind";
  step: number;
}

export interface SampleEvent extends Logged {
  type: "sample";
}

/** What the finished network reached on the test rows, and of which step its weights are. */
export type TestResult = Record<string, number | null | string>;

export interface EndEvent extends Logged {
  type: "end";
  status: RunStatus;
  test?: TestResult | null;
}

export type RunEvent =
  | StatusEvent
  | PointEvent
  | EpochEvent
  | LogEvent
  | CheckpointEvent
  | RewindEvent
  | SampleEvent
  | EndEvent;
