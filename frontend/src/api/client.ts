import i18next from "i18next";

/** One entry of an error's `details`: where in what was sent, and what is wrong there. */
export interface ErrorDetail {
  path: string;
  code: string;
  message: string;
}

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

export interface RequestOptions {
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

const LANGUAGE_TAGS: Record<string, string> = { en: "en", zh: "zh-Hans" };

function csrfToken(): string {
  return /(?:^|; )csrftoken=([^;]*)/.exec(document.cookie)?.[1] ?? "";
}

/** The headers that every request carries: the language, and the CSRF token where something may change. */
export function requestHeaders(method: string): Record<string, string> {
  const headers = { Accept: "application/json", "Accept-Language": LANGUAGE_TAGS[i18next.language] ?? "en" };
  return method === "GET" ? headers : { ...headers, "X-CSRFToken": csrfToken() };
}

/** What the server refused with; `status` 0 is a server out of reach. */
export function errorOf(status: number, text: string, etag: string | null = null): ApiError {
  if (status === 0) return new ApiError(0, "network", i18next.t("ui:errors.network"));
  const fallback = i18next.t("ui:errors.server", { status });
  let body: Partial<ApiError> = {};
  try {
    body = JSON.parse(text) as Partial<ApiError>;
  } catch {
    // A proxy's page, or nothing: the fallback says what there is to say.
  }
  return new ApiError(status, body.code ?? "http", body.message ?? fallback, body.details ?? [], etag);
}

/** Sends one request to the API (`path` below `/api/v1/`) and answers the raw response; throws `ApiError`. */
export async function send(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
  const headers = { ...requestHeaders(method), ...options.headers };
  let body: BodyInit | undefined;
  if (options.body instanceof FormData) {
    body = options.body;
  } else if (options.body !== undefined) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(options.body);
  }
  let response: Response;
  try {
    response = await fetch(`/api/v1/${path}`, {
      method,
      headers,
      body,
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
export async function request<T>(method: string, path: string, options?: RequestOptions): Promise<T> {
  const response = await send(method, path, options);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

/** A page of a list: `next` is the path of the page after it, or null. */
export interface Page<T> {
  results: T[];
  next: string | null;
}
