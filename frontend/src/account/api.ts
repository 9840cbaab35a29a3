import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request, type Schemas } from "../api/client";
import type { Me } from "../api/me";

export type Token = Schemas["Token"];
export type Invite = Schemas["Invite"];

export const signIn = (body: Schemas["SignIn"]): Promise<Me> => request("POST", "/api/v1/auth/sign-in/", { body });

export const signUp = (body: Schemas["SignUp"]): Promise<Me> => request("POST", "/api/v1/auth/sign-up/", { body });

/** For whom an invite is; refused when it was used up or has expired. */
export function useInvitation(token: string) {
  return useQuery({
    queryKey: ["invitation", token],
    queryFn: ({ signal }) => request("GET", "/api/v1/auth/sign-up/", { query: { invite: token }, signal }),
    retry: false,
  });
}

export function useEditMe() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["PatchedMeEdit"]) => request("PATCH", "/api/v1/me/", { body }),
    onSuccess: (me) => client.setQueryData(["me"], me),
  });
}

export function useChangePassword() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["Password"]) => request("POST", "/api/v1/auth/password/", { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["me"] }),
  });
}

export function useTokens() {
  return useQuery({
    queryKey: ["tokens"],
    queryFn: ({ signal }) => request("GET", "/api/v1/tokens/", { signal }),
  });
}

export function useInvites() {
  return useQuery({
    queryKey: ["invites"],
    queryFn: ({ signal }) => request("GET", "/api/v1/invites/", { signal }),
  });
}

export function usePeople() {
  return useQuery({
    queryKey: ["people"],
    queryFn: ({ signal }) => request("GET", "/api/v1/people/", { signal }),
  });
}

export function useCreateToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { name: string; expires_in_days: number | null }) =>
      request("POST", "/api/v1/tokens/", { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["tokens"] }),
  });
}

export function useCreateInvite() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { email: string }) => request("POST", "/api/v1/invites/", { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["invites"] }),
  });
}

/** Takes back a token or an invite. */
export function useRevoke(path: "tokens" | "invites") {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request("DELETE", `/api/v1/${path}/{id}/`, { path: { id } }),
    onSuccess: () => client.invalidateQueries({ queryKey: [path] }),
  });
}
