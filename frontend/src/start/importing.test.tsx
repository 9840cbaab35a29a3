import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { ImportReport } from "./ImportModel";
import { importBody, isOneImport, projectName } from "./importing";

afterEach(cleanup);

test("a model goes alone, weights go with the graph they are for", async () => {
  const model = new File(["{}"], "net.json");
  const weights = new File(["w"], "net.safetensors");
  const sent = async (files: File[]) => {
    const body = await importBody(files);
    const file = body?.get("file");
    return [file instanceof File ? file.name : null, body?.get("graph")];
  };
  expect(await sent([model])).toEqual(["net.json", null]);
  expect(await sent([model, weights])).toEqual(["net.safetensors", "{}"]);
  const keras = new File(["w"], "net.weights.h5");
  expect(await sent([keras, model])).toEqual(["net.weights.h5", "{}"]);
  expect(await sent([new File(["w"], "net.keras")])).toEqual(["net.keras", null]);
  expect(await importBody([])).toBeNull();
});

test("one import is a model, or weights with one graph", () => {
  const [model, graph, weights] = ["a.onnx", "b.json", "c.SAFETENSORS"].map((name) => new File(["x"], name));
  expect(isOneImport([model!])).toBe(true);
  expect(isOneImport([graph!, weights!])).toBe(true);
  expect(isOneImport([model!, graph!])).toBe(false);
  expect(isOneImport([weights!, weights!])).toBe(false);
  expect(isOneImport([model!, graph!, weights!])).toBe(false);
});

test("the project is called as the file, without its ending", () => {
  expect(projectName([new File([], "resnet.v2.onnx")])).toBe("resnet.v2");
  expect(projectName([new File([], "net.weights.h5"), new File([], "net.json")])).toBe("net");
});

test("lines that are no mere news say what they are", () => {
  render(
    <ImportReport
      report={[
        { level: "error", message: "Det is not known" },
        { level: "info", message: "8 layers" },
      ]}
    />,
  );
  expect(screen.getAllByRole("listitem").map((line) => line.textContent?.trim())).toEqual([
    "import.error Det is not known",
    "8 layers",
  ]);
});
