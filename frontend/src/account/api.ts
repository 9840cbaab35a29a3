import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type Page, request } from "../api/client";
import type { Me } from "../api/me";

export interface Token {
  id: string;
  name: string;
  prefix: string;
  created_at: string;
  last_used_at: string | null;
  expires_at: string | null;
}

export interface Invite {
  id: string;
  email: string;
  created_at: string;
  expires_at: string;
  accepted_at: string | null;
}

export interface Member {
  id: string;
  email: string;
  name: string;
  is_owner: boolean;
  is_active: boolean;
  date_joined: string;
  last_login: string | null;
}

export const signIn = (body: { email: string; password: string }) => request<Me>("POST", "auth/sign-in/", { body });

export const signUp = (body: { invite: string; name: string; password: string }) =>
  request<Me>("POST", "auth/sign-up/", { body });

/** For whom an invite is; refused when it was used up or has expired. */
export function useInvitation(token: string) {
  return useQuery({
    queryKey: ["invitation", token],
    queryFn: ({ signal }) =>
      request<{ email: string }>("GET", `auth/sign-up/?invite=${encodeURIComponent(token)}`, { signal }),
    retry: false,
  });
}

export function useEditMe() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { name?: string; language?: string }) => request<Me>("PATCH", "me/", { body }),
    onSuccess: (me) => client.setQueryData(["me"], me),
  });
}

export function useChangePassword() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { current_password: string; new_password: string }) =>
      request<void>("POST", "auth/password/", { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["me"] }),
  });
}

function useList<T>(path: "tokens" | "invites" | "people", enabled = true) {
  return useQuery({
    queryKey: [path],
    queryFn: ({ signal }) => request<Page<T>>("GET", `${path}/`, { signal }),
    enabled,
  });
}

export const useTokens = () => useList<Token>("tokens");
export const useInvites = () => useList<Invite>("invites");
export const usePeople = () => useList<Member>("people");

export function useCreateToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { name: string; expires_in_days: number | null }) =>
      request<Token & { token: string }>("POST", "tokens/", { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["tokens"] }),
  });
}

export function useCreateInvite() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { email: string }) => request<Invite & { url: string }>("POST", "invites/", { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["invites"] }),
  });
}

/** Takes back a token or an invite. */
export function useRevoke(path: "tokens" | "invites") {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request<void>("DELETE", `${path}/${id}/`),
    onSuccess: () => client.invalidateQueries({ queryKey: [path] }),
  });
}
