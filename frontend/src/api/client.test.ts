import { afterEach, expect, test, vi } from "vitest";
import { ApiError, request, send } from "./client";

/** Answers the next request as the server would, and keeps what was asked. */
function serverAnswers(body: unknown, init: ResponseInit = {}) {
  const asked = vi.fn(async (_url: string, _init: RequestInit) => new Response(JSON.stringify(body), init));
  vi.stubGlobal("fetch", asked);
  return asked;
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test("fills in the path, leaves out what is undefined and escapes the rest", async () => {
  const asked = serverAnswers({ results: [] });
  await request("GET", "/api/v1/datasets/{id}/rows/", {
    path: { id: "a/b" },
    query: { split: "val", version: undefined },
  });
  expect(asked.mock.calls[0]![0]).toBe("/api/v1/datasets/a%2Fb/rows/?split=val");
});

test("sends the CSRF token and the ETag with a change", async () => {
  vi.spyOn(document, "cookie", "get").mockReturnValue("csrftoken=secret");
  const asked = serverAnswers({});
  await send("PUT", "/api/v1/projects/{project_id}/graph/", {
    path: { project_id: "p" },
    header: { "If-Match": '"7"' },
    body: { format: 1 },
  });
  const { headers, body } = asked.mock.calls[0]![1];
  expect(headers).toMatchObject({ "X-CSRFToken": "secret", "If-Match": '"7"', "Content-Type": "application/json" });
  expect(body).toBe('{"format":1}');
});

test("a refusal carries its code, its details and the present ETag", async () => {
  const details = [{ path: "name", code: "required", message: "Give it a name." }];
  serverAnswers({ code: "invalid", message: "Not so.", details }, { status: 412, headers: { ETag: '"8"' } });
  const refused = await request("GET", "/api/v1/me/").catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ApiError);
  expect(refused).toMatchObject({ status: 412, code: "invalid", message: "Not so.", details, etag: '"8"' });
});

test("a path, method, body or field that the schema does not know does not compile", async () => {
  serverAnswers({ user: { name: "Ada" } });
  // @ts-expect-error: no such path
  await request("GET", "/api/v1/nothing/");
  // @ts-expect-error: the path does not know the method
  await request("DELETE", "/api/v1/me/");
  // @ts-expect-error: the path needs its id
  await request("GET", "/api/v1/runs/{id}/");
  // @ts-expect-error: a name is text
  await request("PATCH", "/api/v1/me/", { body: { name: 1 } });
  // @ts-expect-error: the server gives the id
  await request("POST", "/api/v1/invites/", { body: { email: "a@b.c", id: "1" } });
  const me = await request("GET", "/api/v1/me/");
  // @ts-expect-error: the answer has no such field
  expect(me.nobody).toBeUndefined();
  expect(me.user.name).toBe("Ada");
});
