/** Numbers as look/README.md writes them: three figures with a quiet unit, exact where it matters. */

const exact = new Intl.NumberFormat("en-US");

/** 77386 -> "77,386". */
export function formatExact(value: number): string {
  return exact.format(value);
}

function threeFigures(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function scaled(value: number, base: number, units: readonly string[]): string {
  let unit = 0;
  let rest = value;
  while (rest >= base && unit < units.length - 1) {
    rest /= base;
    unit += 1;
  }
  // 999,999 rounds up to "1000 k"; it is said one unit higher.
  if (Number(threeFigures(rest)) >= base && unit < units.length - 1) {
    rest /= base;
    unit += 1;
  }
  if (unit === 0) return `${exact.format(Math.round(value))}${units[0] ? ` ${units[0]}` : ""}`;
  return `${threeFigures(rest)} ${units[unit]}`;
}

/** 77386 -> "77.4 k", 47600000 -> "47.6 M". */
export function formatCount(value: number): string {
  return scaled(value, 1000, ["", "k", "M", "G", "T", "P"]);
}

/** 100352 -> "98.0 KiB". */
export function formatBytes(value: number): string {
  return scaled(value, 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]);
}

/** 0.916 -> "91.6%". */
export function formatShare(value: number): string {
  return `${(value * 100).toFixed(1)}%`;
}

/** A loss: four decimals. */
export function formatLoss(value: number): string {
  return value.toFixed(4);
}

/** 0.0021 s -> "2.1 ms", 54 -> "54 s", 336 -> "5 min 36 s", 7260 -> "2 h 1 min". */
export function formatSeconds(seconds: number): string {
  if (seconds === 0) return "0 s";
  if (seconds < 1) return `${(seconds * 1000).toFixed(seconds < 0.01 ? 1 : 0)} ms`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** A learning rate: 0.001 -> "1e-3", 0.00025 -> "2.5e-4", 0.5 -> "0.5". */
export function formatRate(value: number): string {
  const isPlain = value === 0 || (Math.abs(value) >= 0.1 && Math.abs(value) < 1000);
  return isPlain ? String(value) : value.toExponential().replace("e+0", "").replace("e+", "e");
}
