import { request } from "../api/client";

/** Ends the session and opens the sign-in page. */
export async function signOut(): Promise<void> {
  await request("POST", "/api/v1/auth/sign-out/");
  window.location.assign("/sign-in");
}
