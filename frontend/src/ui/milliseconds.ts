/** A time given in milliseconds: 0.42 ms, 2.3 ms, 54 ms. */
export function formatMilliseconds(value: number): string {
  return `${value.toFixed(value < 1 ? 2 : value < 10 ? 1 : 0)} ms`;
}
