import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { errorOf, requestHeaders } from "../api/client";
import type { Dataset } from "./api";

export interface Upload {
  /** The share sent, 0 to 1; null while nothing is being sent. */
  progress: number | null;
  fileName: string;
  error: unknown;
  send: (file: File) => void;
  cancel: () => void;
}

/** Sends a file as a new data set and tells how far it is; `fetch` cannot do that yet, so this is an XMLHttpRequest. */
export function useUpload(onDone: (dataset: Dataset) => void): Upload {
  const client = useQueryClient();
  const [progress, setProgress] = useState<number | null>(null);
  const [fileName, setFileName] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [call, setCall] = useState<XMLHttpRequest | null>(null);

  const send = (file: File) => {
    const sending = new XMLHttpRequest();
    const body = new FormData();
    body.append("file", file);
    sending.open("POST", "/api/v1/datasets/");
    for (const [name, value] of Object.entries(requestHeaders("POST"))) sending.setRequestHeader(name, value);
    sending.upload.onprogress = (event) => event.lengthComputable && setProgress(event.loaded / event.total);
    sending.onloadend = () => {
      setProgress(null);
      setCall(null);
      if (sending.status === 201) {
        void client.invalidateQueries({ queryKey: ["datasets"] });
        onDone(JSON.parse(sending.responseText) as Dataset);
      }
    };
    sending.onload = () => {
      if (sending.status !== 201) setError(errorOf(sending.status, sending.responseText));
    };
    sending.onerror = () => setError(errorOf(0, ""));
    sending.send(body);
    setError(null);
    setFileName(file.name);
    setProgress(0);
    setCall(sending);
  };
  return { progress, fileName, error, send, cancel: () => call?.abort() };
}
