/** The query's `&cursor=...` of the page after this one, from its `next`; undefined on the last page. */
export function cursorOf(next: string | null): string | undefined {
  const cursor = next && new URL(next, window.location.origin).searchParams.get("cursor");
  return cursor ? `&cursor=${encodeURIComponent(cursor)}` : undefined;
}
