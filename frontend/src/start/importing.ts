import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { Schemas } from "../api/client";
import { sendForm } from "../api/sendForm";

export type ImportAnswer = Schemas["ImportAnswer"];

const isWeights = (file: File) => /\.(safetensors|h5|hdf5)$/i.test(file.name);

/** Whether the files picked are one import: a model alone, or weights with the graph they are for. */
export function isOneImport(files: readonly File[]): boolean {
  return files.length === 1 || (files.length === 2 && files.filter(isWeights).length === 1);
}

/** What is sent of the files picked: a model alone, or weights with the graph or Keras model they are for. */
export async function importBody(files: readonly File[]): Promise<FormData | null> {
  const weights = files.find(isWeights);
  const model = files.find((file) => file !== weights);
  const file = weights ?? model;
  if (!file) return null;
  const body = new FormData();
  body.append("file", file);
  if (weights && model) body.append("graph", await model.text());
  return body;
}

/** "resnet.v2.onnx" makes a project called "resnet.v2", "resnet.weights.h5" one called "resnet". */
export function projectName(files: readonly File[]): string {
  return (files[0]?.name ?? "").replace(/(\.weights)?\.[^.]*$/, "").slice(0, 100);
}

/** Sends an import. `share` is what of it is sent, 0 to 1; at 1 the server reads it. */
export function useImport() {
  const [share, setShare] = useState(0);
  const control = useRef<AbortController | null>(null);
  const { mutate, reset, isPending, data, error } = useMutation({
    mutationFn: async (files: readonly File[]) => {
      const calledOff = new AbortController();
      control.current = calledOff;
      setShare(0);
      const body = await importBody(files);
      if (!body || calledOff.signal.aborted) throw new DOMException("called off", "AbortError");
      const options = { onShare: setShare, signal: calledOff.signal };
      return (await sendForm("/api/v1/graphs/import/", body, options)) as ImportAnswer;
    },
  });
  useEffect(() => () => control.current?.abort(), []);
  const cancel = () => {
    control.current?.abort();
    reset();
  };
  return { send: mutate, cancel, reset, share, isPending, data, error };
}
