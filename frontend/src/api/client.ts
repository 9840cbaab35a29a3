/** The way to the server. Paths, bodies and answers are those of the generated schema: a wrong one does not compile. */

import i18next from "i18next";
import type { components, paths } from "./schema";

/** The server's types by name: `Schemas["Run"]`. */
export type Schemas = components["schemas"];

/** One entry of an error's `details`: where in what was sent, and what is wrong there. */
export type ErrorDetail = Schemas["ErrorDetail"];

/** What the server says when it refuses. `message` is a sentence for the person, in their language. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: ErrorDetail[] = [],
    /** The ETag of the refused object's present state, if the server sent one (412). */
    readonly etag: string | null = null,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

const LANGUAGE_TAGS: Record<string, string> = { en: "en", zh: "zh-Hans" };

/** The language of the page as the server knows it. */
export function languageTag(): string {
  return LANGUAGE_TAGS[i18next.language] ?? "en";
}

function csrfToken(): string {
  return /(?:^|; )csrftoken=([^;]*)/.exec(document.cookie)?.[1] ?? "";
}

/** The headers that every request carries: the language, and the CSRF token where something may change. */
export function requestHeaders(method: string): Record<string, string> {
  const headers = { Accept: "application/json", "Accept-Language": languageTag() };
  return method === "GET" ? headers : { ...headers, "X-CSRFToken": csrfToken() };
}

/** What the server refused with; `status` 0 is a server out of reach. */
export function errorOf(status: number, text: string, etag: string | null = null): ApiError {
  if (status === 0) return new ApiError(0, "network", i18next.t("ui:errors.network"));
  const fallback = i18next.t("ui:errors.server", { status });
  let body: Partial<Schemas["Error"]> = {};
  try {
    body = JSON.parse(text) as Partial<Schemas["Error"]>;
  } catch {
    // A proxy's page, or nothing: the fallback says what there is to say.
  }
  return new ApiError(status, body.code ?? "http", body.message ?? fallback, body.details ?? [], etag);
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** The operations of the schema by path and method. */
type OperationOf<P extends keyof paths, M extends Method> = paths[P][Lowercase<M> & keyof paths[P]];

/** The paths that know the method. */
type PathFor<M extends Method> = {
  [P in keyof paths]: OperationOf<P, M> extends { responses: unknown } ? P : never;
}[keyof paths];

type JsonOf<Content> = Content extends { content: { "application/json": infer Json } } ? Json : undefined;

/** What a request answers with when it succeeds; `undefined` where nothing is sent back. */
type AnswerOf<Operation> = Operation extends { responses: infer Responses }
  ? JsonOf<Responses[keyof Responses & (200 | 201 | 204)]>
  : never;

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** The fields that may be sent: the schema describes some bodies by what is answered and marks the rest read-only. */
type Writable<Body> = {
  [K in keyof Body as Same<Pick<Body, K>, Readonly<Pick<Body, K>>> extends true ? never : K]: Body[K];
};

type BodyPart<Operation> = Operation extends { requestBody: infer Request }
  ? { body: Writable<JsonOf<Request>> }
  : Operation extends { requestBody?: infer Request }
    ? { body?: Writable<JsonOf<NonNullable<Request>>> }
    : unknown;

type PartOf<Parameters, Key extends "path" | "query" | "header"> =
  Parameters extends Record<Key, infer Values>
    ? [Values] extends [never | undefined]
      ? unknown
      : Record<Key, Values>
    : Parameters extends { [K in Key]?: infer Values }
      ? [NonNullable<Values>] extends [never]
        ? unknown
        : { [K in Key]?: Values }
      : unknown;

type ParametersOf<Operation> = Operation extends { parameters: infer Parameters }
  ? PartOf<Parameters, "path"> & PartOf<Parameters, "query"> & PartOf<Parameters, "header">
  : unknown;

export type RequestOptions<P extends keyof paths, M extends Method> = BodyPart<OperationOf<P, M>> &
  ParametersOf<OperationOf<P, M>> & { signal?: AbortSignal };

/** The options may be left out where none of them is needed. */
type Options<P extends keyof paths, M extends Method> =
  object extends RequestOptions<P, M> ? [options?: RequestOptions<P, M>] : [options: RequestOptions<P, M>];

interface AnyOptions {
  path?: Record<string, string | number>;
  query?: Record<string, string | number | undefined>;
  header?: Record<string, string>;
  body?: unknown;
  signal?: AbortSignal;
}

/** "/runs/{id}/" with `id` filled in and the query behind; what is undefined is left out. */
function addressOf(template: string, { path = {}, query = {} }: AnyOptions): string {
  const address = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(path[name])));
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return given.length > 0 ? `${address}?${new URLSearchParams(given)}` : address;
}

/** Sends one request to the API and answers the raw response; throws `ApiError`. */
export async function send<M extends Method, P extends PathFor<M>>(
  method: M,
  path: P,
  ...[given]: Options<P, M>
): Promise<Response> {
  const options = (given ?? {}) as AnyOptions;
  const headers = { ...requestHeaders(method), ...options.header };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(addressOf(path, options), {
      method,
      headers,
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      signal: options.signal,
      credentials: "same-origin",
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw errorOf(0, "");
  }
  if (!response.ok) throw errorOf(response.status, await response.text(), response.headers.get("ETag"));
  return response;
}

/** Sends one request and reads its JSON answer; `undefined` for an empty one. */
export async function request<M extends Method, P extends PathFor<M>>(
  method: M,
  path: P,
  ...options: Options<P, M>
): Promise<AnswerOf<OperationOf<P, M>>> {
  const response = await send(method, path, ...options);
  return (response.status === 204 ? undefined : await response.json()) as AnswerOf<OperationOf<P, M>>;
}
