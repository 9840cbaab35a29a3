import type { RunLog } from "./runLog";

/** One CSV cell; quoted where a comma, a quote or a line break would break the row. */
function cell(value: string): string {
  return /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

export function toCsv(header: readonly string[], rows: Iterable<readonly string[]>): string {
  const lines = [header.map(cell).join(",")];
  for (const row of rows) {
    lines.push(row.map(cell).join(","));
  }
  return `${lines.join("\n")}\n`;
}

/**
 * Every point of the run, a row a step, in the shortest digits that give the same number back. The values of a whole
 * epoch stand in the row of its last step, in columns named `epoch:...`.
 */
export function pointsCsv(log: RunLog): string {
  const names = [...log.series.keys()];
  const epochNames = [...new Set(log.epochs.flatMap((epoch) => Object.keys(epoch.values)))];
  const epochByStep = new Map(log.epochs.map((epoch) => [epoch.step, epoch]));
  const rows: string[][] = [];
  for (let step = 1; step <= log.lastStep; step++) {
    const epoch = epochByStep.get(step);
    rows.push([
      String(step),
      ...names.map((name) => digits(log.series.get(name)?.at(step))),
      epoch ? String(epoch.epoch) : "",
      ...epochNames.map((name) => digits(epoch?.values[name])),
    ]);
  }
  return toCsv(["step", ...names, "epoch", ...epochNames.map((name) => `epoch:${name}`)], rows);
}

function digits(value: number | null | undefined): string {
  return value === null || value === undefined || Number.isNaN(value) ? "" : String(value);
}
