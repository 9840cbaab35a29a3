import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./client";

/** Refusals (4xx) are final; a lost connection or a server fault is tried twice more. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) =>
        !(error instanceof ApiError && error.status >= 400 && error.status < 500) && failures < 2,
    },
  },
});
