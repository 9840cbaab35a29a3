const DAY_MILLISECONDS = 86_400_000;

/** A number of a column: at most five figures, without trailing zeros. */
export function formatValue(value: number): string {
  return new Intl.NumberFormat("en-US", { maximumSignificantDigits: 5 }).format(value);
}

/** A date kept as days since 1970: 2026-09-30. */
export function formatDay(days: number): string {
  return new Date(days * DAY_MILLISECONDS).toISOString().slice(0, 10);
}
