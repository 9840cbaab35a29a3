/** Where to go after signing in: the wanted page if it is one of ours, else the start page. */
export function pageAfterSignIn(next: string | null): string {
  if (!next) return "/";
  const target = new URL(next, window.location.origin);
  return target.origin === window.location.origin ? target.pathname + target.search + target.hash : "/";
}
