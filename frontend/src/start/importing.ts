import { useMutation } from "@tanstack/react-query";
import { errorOf, requestHeaders, type Schemas } from "../api/client";

export type ImportAnswer = Schemas["ImportAnswer"];

/** What is sent of the files picked: a model alone, or weights with the graph they are for. */
export async function importBody(files: readonly File[]): Promise<FormData | null> {
  const weights = files.find((file) => file.name.endsWith(".safetensors"));
  const model = files.find((file) => file !== weights);
  const file = weights ?? model;
  if (!file) return null;
  const body = new FormData();
  body.append("file", file);
  if (weights && model) body.append("graph", await model.text());
  return body;
}

/** "resnet.v2.onnx" makes a project called "resnet.v2". */
export function projectName(files: readonly File[]): string {
  return (files[0]?.name ?? "").replace(/\.[^.]*$/, "").slice(0, 100);
}

async function sendImport(files: readonly File[]): Promise<ImportAnswer> {
  const body = await importBody(files);
  const response = await fetch("/api/v1/graphs/import/", {
    method: "POST",
    headers: requestHeaders("POST"),
    body,
    credentials: "same-origin",
  }).catch(() => {
    throw errorOf(0, "");
  });
  if (!response.ok) throw errorOf(response.status, await response.text());
  return (await response.json()) as ImportAnswer;
}

export const useImport = () => useMutation({ mutationFn: sendImport });
