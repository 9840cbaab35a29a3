import { useQuery } from "@tanstack/react-query";
import { request, type Schemas } from "./client";

/** Who is signed in. */
export type Me = Schemas["Me"];
export type Person = Schemas["Myself"];

export function useMe() {
  return useQuery({
    queryKey: ["me"],
    queryFn: ({ signal }) => request("GET", "/api/v1/me/", { signal }),
    staleTime: 300_000,
  });
}
