import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError } from "./client";

const ENTRY_PAGES = ["/sign-in", "/sign-up"];

/** Whoever is not signed in, or no longer, goes to the sign-in page and comes back from there. */
function toSignIn(error: Error): void {
  const { pathname, search } = window.location;
  if (!(error instanceof ApiError) || error.status !== 401 || ENTRY_PAGES.includes(pathname)) return;
  window.location.assign(`/sign-in?next=${encodeURIComponent(pathname + search)}`);
}

/** Refusals (4xx) are final; a lost connection or a server fault is tried twice more. */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: toSignIn }),
  mutationCache: new MutationCache({ onError: toSignIn }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) =>
        !(error instanceof ApiError && error.status >= 400 && error.status < 500) && failures < 2,
    },
  },
});
