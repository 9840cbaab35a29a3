/** The cursor of the page after this one, from its `next`; undefined on the last page. */
export function cursorOf(next: string | null): string | undefined {
  return (next && new URL(next, window.location.origin).searchParams.get("cursor")) || undefined;
}
