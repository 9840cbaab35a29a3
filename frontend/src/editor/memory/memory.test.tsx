import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import i18next from "i18next";
import { afterEach, beforeAll, expect, test } from "vitest";
import { EMPTY_DOCUMENT } from "../../graph/document";
import { startHistory } from "../../graph/history";
import words from "../../locales/en/editor.json";
import { EditorContext } from "../state/context";
import { createEditorStore } from "../state/store";
import { FIRST_CONFIG } from "../train/config";
import { LargestBatch } from "./LargestBatch";
import { type Memory, type MemoryDevice, type MemoryState, settingsOf } from "./useMemory";

beforeAll(() => {
  i18next.addResourceBundle("en", "editor", words);
});
afterEach(cleanup);

const DEVICE: MemoryDevice = {
  kind: "cpu",
  name: "x86_64",
  worker: "here",
  total_bytes: 2 ** 31,
  free_bytes: 2 ** 30,
  peak_bytes: 2 ** 20,
  fits: true,
  largest_batch: 640,
};

function show(devices: MemoryDevice[], more: Partial<MemoryState> = {}) {
  const store = createEditorStore({
    projectId: "p",
    projectName: "P",
    catalogue: { layers: [], families: [], losses: [], optimizers: [], schedules: [], metrics: [] },
    history: startHistory(EMPTY_DOCUMENT),
    datasetVersion: null,
    batchSize: 32,
    runConfig: FIRST_CONFIG,
  });
  const memory = { batch_size: 32, devices } as unknown as Memory;
  render(
    <EditorContext.Provider value={store}>
      <LargestBatch memory={memory} isStale={false} reason={null} {...more} />
    </EditorContext.Provider>,
  );
  return { store, button: screen.getByTestId<HTMLButtonElement>("take-largest-batch") };
}

test("the button sets the batch size, for the run and for the check", () => {
  const { store, button } = show([DEVICE]);
  fireEvent.click(button);
  expect([store.getState().runConfig.batch_size, store.getState().batchSize]).toEqual([640, 640]);
  expect(screen.queryByTestId("memory-warning")).toBeNull();
  expect(button.disabled).toBe(true);
  expect(screen.getByTestId("largest-batch-why").textContent).toMatch(/is the largest/);
});

test.each([
  ["nothing is known of any device", [], {}, /No train worker/],
  ["not even one row fits", [{ ...DEVICE, fits: false, largest_batch: 0 }], {}, /Not even one row/],
  ["the memory is not known", [], { memory: undefined, reason: "Too deep." }, /Too deep/],
  ["the answer is not there yet", [], { memory: undefined }, /worked out/],
])("the button says why it cannot be pressed when %s", (_, devices, more, why) => {
  const { button } = show(devices, more);
  expect(button.disabled).toBe(true);
  expect(document.getElementById(button.getAttribute("aria-describedby") ?? "")?.textContent).toMatch(why);
});

test("too large a batch is warned of, with what it would need and what there is", () => {
  const { button } = show([{ ...DEVICE, fits: false, peak_bytes: 2 ** 32 }]);
  expect(screen.getByTestId("memory-warning").textContent).toMatch(/4\.00 GiB.*this machine has 1\.00 GiB/);
  expect(button.disabled).toBe(false);
});

test("only the settings that memory depends on are asked about", () => {
  const asked = settingsOf({ ...FIRST_CONFIG, averaging: { decay: 0.9 }, limits: { minutes: 3 } });
  expect(Object.keys(asked).sort()).toEqual(["averaging", "batch_size", "optimizer"]);
});
