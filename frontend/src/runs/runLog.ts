import type { CheckpointEvent, EpochEvent, LogEvent, RunEvent, RunStatus, TestResult } from "./events";
import { StepSeries } from "./stepSeries";

/** What applying an event came to: `gap` means that events before it are missing and must be asked for again. */
export type Applied = "applied" | "duplicate" | "gap";

/** When a step had been taken, by the server's clock. */
export interface StepMark {
  step: number;
  seconds: number;
}

export type LogLine =
  | { kind: "epoch"; event: EpochEvent; checkpoint: CheckpointEvent | null }
  | { kind: "message"; event: LogEvent }
  | { kind: "rewind"; seq: number; time: string; step: number };

/**
 * One run as its event log tells it: every point exactly, the epochs, the checkpoints and the lines of the log.
 *
 * Events are applied once and in order, so that a page that reloads or loses its connection ends with the same
 * numbers as one that stayed: what has been applied is ignored when it comes again, a gap is refused.
 */
export class RunLog {
  lastSeq = 0;
  status: RunStatus | null = null;
  /** How often the run has told its state; it does so again when it knows how many steps it will take. */
  numStatuses = 0;
  /** When the training first began, by the server's clock. */
  startedSeconds: number | null = null;
  test: TestResult | null = null;
  readonly series = new Map<string, StepSeries>();
  epochs: EpochEvent[] = [];
  checkpoints: CheckpointEvent[] = [];
  lines: LogLine[] = [];
  marks: StepMark[] = [];

  /** The last step that has a point. */
  get lastStep(): number {
    let last = 0;
    for (const series of this.series.values()) {
      last = Math.max(last, series.length);
    }
    return last;
  }

  apply(event: RunEvent): Applied {
    if (event.seq <= this.lastSeq) {
      return "duplicate";
    }
    if (event.seq > this.lastSeq + 1) {
      return "gap";
    }
    this.lastSeq = event.seq;
    this.take(event);
    return "applied";
  }

  /** Values of one metric by epoch, `[step, value]` in the order of steps. */
  epochValues(name: string): [step: number, value: number][] {
    const points: [number, number][] = [];
    for (const epoch of this.epochs) {
      const value = epoch.values[name];
      if (value !== undefined && value !== null) {
        points.push([epoch.step, value]);
      }
    }
    return points;
  }

  private take(event: RunEvent): void {
    switch (event.type) {
      case "status":
        this.status = event.status;
        this.numStatuses += 1;
        if (event.status === "running" && this.marks.length === 0) this.startedSeconds = Date.parse(event.time) / 1000;
        break;
      case "point":
        this.takePoint(event.step, event.values, event.time);
        break;
      case "epoch":
        this.epochs.push(event);
        this.lines.push({ kind: "epoch", event, checkpoint: null });
        break;
      case "checkpoint":
        this.takeCheckpoint(event);
        break;
      case "log":
        this.lines.push({ kind: "message", event });
        break;
      case "rewind":
        this.rewind(event.step);
        this.lines.push({ kind: "rewind", seq: event.seq, time: event.time, step: event.step });
        break;
      case "end":
        this.status = event.status;
        this.test = event.test ?? this.test;
        break;
      case "sample":
        break;
    }
  }

  private takePoint(step: number, values: Record<string, (number | null)[]>, time: string): void {
    let lastStep = step;
    for (const [name, numbers] of Object.entries(values)) {
      let series = this.series.get(name);
      if (series === undefined) {
        series = new StepSeries();
        this.series.set(name, series);
      }
      series.write(step, numbers);
      lastStep = Math.max(lastStep, step + numbers.length - 1);
    }
    this.marks.push({ step: lastStep, seconds: Date.parse(time) / 1000 });
  }

  private takeCheckpoint(event: CheckpointEvent): void {
    this.checkpoints.push(event);
    const line = this.lines.findLast((candidate) => candidate.kind === "epoch");
    if (line?.kind === "epoch" && line.event.step === event.step) {
      line.checkpoint = event;
    }
  }

  /** Goes back to `step`: later points, epochs and checkpoints never happened; the lines of the log stay. */
  private rewind(step: number): void {
    for (const series of this.series.values()) {
      series.truncate(step);
    }
    this.epochs = this.epochs.filter((epoch) => epoch.step <= step);
    this.checkpoints = this.checkpoints.filter((checkpoint) => checkpoint.step <= step);
    this.marks = this.marks.filter((mark) => mark.step <= step);
  }
}
