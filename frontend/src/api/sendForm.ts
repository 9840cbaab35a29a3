import { errorOf, requestHeaders } from "./client";

interface SendFormOptions {
  /** Told the share that is sent, 0 to 1, as it grows. */
  onShare: (share: number) => void;
  signal?: AbortSignal;
}

/**
 * Posts a form with a file and tells how far it is; `fetch` cannot do that yet, so this is an XMLHttpRequest.
 * Answers what the server answered; throws `ApiError`, or an `AbortError` where it was called off.
 */
export function sendForm(path: string, body: FormData, { onShare, signal }: SendFormOptions): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open("POST", path);
    for (const [name, value] of Object.entries(requestHeaders("POST"))) call.setRequestHeader(name, value);
    call.upload.onprogress = (event) => event.lengthComputable && onShare(event.loaded / event.total);
    call.onload = () => {
      if (call.status >= 200 && call.status < 300) resolve(JSON.parse(call.responseText));
      else reject(errorOf(call.status, call.responseText));
    };
    call.onerror = () => reject(errorOf(0, ""));
    call.onabort = () => reject(new DOMException("called off", "AbortError"));
    signal?.addEventListener("abort", () => call.abort());
    call.send(body);
  });
}
