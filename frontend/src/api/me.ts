import { useQuery } from "@tanstack/react-query";
import { request } from "./client";

export interface Person {
  id: string;
  email: string;
  name: string;
  is_owner: boolean;
  /** False until the owner, who came by a link, has set one. */
  has_password: boolean;
}

/** Who is signed in; `user` is null on the sign-in page. */
export interface Me {
  user: Person | null;
  language: string;
  version: string;
}

export function useMe() {
  return useQuery({
    queryKey: ["me"],
    queryFn: ({ signal }) => request<Me>("GET", "me/", { signal }),
    staleTime: 300_000,
  });
}
