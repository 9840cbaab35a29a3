import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sendForm } from "../api/sendForm";
import type { Dataset } from "./api";

export interface Upload {
  /** The share sent, 0 to 1; null while nothing is being sent. */
  progress: number | null;
  fileName: string;
  error: unknown;
  send: (file: File) => void;
  cancel: () => void;
}

/** Sends a file as a new data set and tells how far it is. */
export function useUpload(onDone: (dataset: Dataset) => void): Upload {
  const client = useQueryClient();
  const [progress, setProgress] = useState<number | null>(null);
  const [fileName, setFileName] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [control, setControl] = useState<AbortController | null>(null);

  const send = async (file: File) => {
    const calledOff = new AbortController();
    const body = new FormData();
    body.append("file", file);
    setError(null);
    setFileName(file.name);
    setProgress(0);
    setControl(calledOff);
    try {
      const sending = sendForm("/api/v1/datasets/", body, { onShare: setProgress, signal: calledOff.signal });
      onDone((await sending) as Dataset);
      void client.invalidateQueries({ queryKey: ["datasets"] });
    } catch (problem) {
      if (!calledOff.signal.aborted) setError(problem);
    } finally {
      setProgress(null);
      setControl(null);
    }
  };
  return { progress, fileName, error, send: (file) => void send(file), cancel: () => control?.abort() };
}
