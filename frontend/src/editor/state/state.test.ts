import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Catalogue } from "../../graph/catalogue";
import type { Check } from "../../graph/check";
import { EMPTY_DOCUMENT, type GraphDocument } from "../../graph/document";
import { renameNode } from "../../graph/edits";
import { startHistory } from "../../graph/history";
import { FIRST_CONFIG } from "../train/config";
import { type Autosave, startAutosave } from "./autosave";
import { COMMANDS, keyOf } from "./commands";
import { keepUnchanged, startLiveCheck, waitForData } from "./liveCheck";
import { createEditorStore } from "./store";

const CATALOGUE: Catalogue = { layers: [], families: [], losses: [], optimizers: [], schedules: [], metrics: [] };
const START: GraphDocument = {
  ...EMPTY_DOCUMENT,
  nodes: [{ id: "n1", name: "image", type: "Input", params: {}, position: [0, 0] }],
};

/** A server that keeps one draft under an ETag, as the API does. */
class DraftServer {
  draft: GraphDocument = START;
  revision = 1;
  saves = 0;

  answer = async (_path: string, init: RequestInit): Promise<Response> => {
    const given = (init.headers as Record<string, string>)["If-Match"];
    if (given !== `"${this.revision}"`) {
      return Response.json({ code: "project.changed", message: "changed", details: [] }, { status: 412 });
    }
    this.draft = JSON.parse(init.body as string) as GraphDocument;
    this.revision += 1;
    this.saves += 1;
    return Response.json({}, { headers: { ETag: `"${this.revision}"` } });
  };
}

function open(server: DraftServer) {
  const store = createEditorStore({
    projectId: "p",
    projectName: "P",
    catalogue: CATALOGUE,
    history: startHistory(START),
    datasetVersion: null,
    batchSize: 32,
    runConfig: FIRST_CONFIG,
  });
  const rename = (name: string) =>
    store.getState().edit(renameNode(store.getState().history.present, "n1", name), name);
  return { store, rename, autosave: startAutosave(store, `"${server.revision}"`, START) };
}

let server: DraftServer;
let opened: Autosave[];

beforeEach(() => {
  server = new DraftServer();
  opened = [];
  vi.useFakeTimers();
  vi.stubGlobal("fetch", server.answer);
});

afterEach(() => {
  for (const autosave of opened) autosave.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("changes in a row are saved once, each save under the ETag of the one before", async () => {
  const { store, rename, autosave } = open(server);
  opened.push(autosave);
  rename("a");
  rename("b");
  expect(store.getState().save.status).toBe("pending");
  await vi.advanceTimersByTimeAsync(500);
  expect([server.saves, server.draft.nodes[0]!.name, store.getState().save.status]).toEqual([1, "b", "saved"]);
  rename("c");
  await vi.advanceTimersByTimeAsync(500);
  expect([server.saves, server.draft.nodes[0]!.name]).toEqual([2, "c"]);
});

test("somebody's faster change is not overwritten until the person says so", async () => {
  const { store, rename, autosave } = open(server);
  opened.push(autosave);
  server.revision = 7;
  rename("mine");
  await vi.advanceTimersByTimeAsync(500);
  expect([store.getState().save.status, server.saves]).toEqual(["conflict", 0]);
  rename("still_mine");
  await vi.advanceTimersByTimeAsync(500);
  expect(server.saves).toBe(0);
  autosave.keepMine('"7"');
  await vi.advanceTimersByTimeAsync(10);
  expect([server.draft.nodes[0]!.name, store.getState().save.status]).toEqual(["still_mine", "saved"]);
});

test("a server out of reach is tried again, and flush waits for the save", async () => {
  const { store, rename, autosave } = open(server);
  opened.push(autosave);
  vi.stubGlobal("fetch", async () => Promise.reject(new TypeError("offline")));
  rename("a");
  await vi.advanceTimersByTimeAsync(500);
  expect(store.getState().save.status).toBe("failed");
  vi.stubGlobal("fetch", server.answer);
  await autosave.flush();
  expect(server.draft.nodes[0]!.name).toBe("a");
});

test("undo takes back a gesture and forgets a selection that is no longer there", () => {
  const { store, autosave } = open(server);
  opened.push(autosave);
  const { edit, selectNodes } = store.getState();
  edit({ ...START, nodes: [...START.nodes, { id: "n2", name: "act", type: "ReLU", params: {}, position: [0, 64] }] });
  selectNodes("n2");
  store.getState().undo();
  expect([store.getState().history.present, store.getState().selection.nodes.size]).toEqual([START, 0]);
});

test("a new check keeps the objects of the nodes that did not change", () => {
  const node = (num_parameters: number) => ({
    outputs: {},
    num_parameters,
    macs: 0,
    activation_bytes: 0,
    state: "ok" as const,
  });
  const check = (hidden: number): Check => ({
    nodes: { n1: node(1), n2: node(hidden) },
    totals: { num_parameters: 0, macs: 0, activation_bytes: 0 },
    problems: [],
    hash: "",
  });
  const before = check(2);
  const after = keepUnchanged(before, check(3));
  expect([after.nodes.n1 === before.nodes.n1, after.nodes.n2 === before.nodes.n2]).toEqual([true, false]);
  expect(after.problems).toBe(before.problems);
});

test("every key belongs to one command", () => {
  const keys = COMMANDS.flatMap((command) => command.keys);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keyOf(new KeyboardEvent("keydown", { key: "z", ctrlKey: true, shiftKey: true }))).toBe("Ctrl+Shift+Z");
  expect(keyOf(new KeyboardEvent("keydown", { key: "?", shiftKey: true }))).toBe("?");
});

/** A server that answers checks when it is told to. */
class CheckServer {
  waiting: ((response: Response) => void)[] = [];
  asked: string[] = [];

  answer = (_path: string, init: RequestInit): Promise<Response> => {
    const { graph } = JSON.parse(init.body as string) as { graph: GraphDocument };
    this.asked.push(graph.nodes[0]!.name);
    return new Promise((resolve, reject) => {
      this.waiting.push(resolve);
      init.signal?.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
    });
  };

  async respond(): Promise<void> {
    this.waiting.shift()!(Response.json({ nodes: {}, totals: {}, problems: [], hash: "" }));
    await vi.advanceTimersByTimeAsync(0);
  }
}

test("edits during a check become one question, asked when the answer is there", async () => {
  const checks = new CheckServer();
  vi.stubGlobal("fetch", checks.answer);
  const { store, rename } = open(server);
  const check = startLiveCheck(store);
  expect(checks.asked).toEqual(["image"]);
  for (const name of ["one", "two", "three"]) rename(name);
  expect(checks.asked).toEqual(["image"]);
  await checks.respond();
  expect(checks.asked).toEqual(["image", "three"]);
  expect(store.getState().check.document?.nodes[0]?.name).toBe("image");
  await checks.respond();
  expect(store.getState().check.document?.nodes[0]?.name).toBe("three");
  expect(store.getState().check.status).toBe("idle");
  expect(checks.asked).toEqual(["image", "three"]);
  check.stop();
});

test("what takes facts of a data set that is being prepared waits, and is no error", () => {
  const problem = (code: string, node: string): Check["problems"][number] => ({
    code,
    node,
    severity: "error",
    param: null,
    edge: null,
    message: code,
    fixes: [],
  });
  const node = { outputs: {}, num_parameters: 0, macs: 0, activation_bytes: 0, state: "error" as const };
  const check: Check = {
    nodes: { n1: node, n2: node },
    totals: { num_parameters: 0, macs: 0, activation_bytes: 0 },
    problems: [problem("data.unbound", "n1"), problem("port.missing", "n2")],
    hash: "",
  };
  const told = waitForData(check, "Waits.");
  expect(told.problems.map(({ severity, message }) => [severity, message])).toEqual([
    ["warning", "Waits."],
    ["error", "port.missing"],
  ]);
  expect([told.nodes.n1!.state, told.nodes.n2!.state]).toEqual(["waiting", "error"]);
});

test("a data set that begins to be prepared, or fails to be, is asked about anew", async () => {
  const checks = new CheckServer();
  vi.stubGlobal("fetch", checks.answer);
  const { store } = open(server);
  const check = startLiveCheck(store);
  await checks.respond();
  for (const datasetProgress of [0, 0.5, null]) {
    store.setState({ datasetProgress });
    if (checks.waiting.length > 0) await checks.respond();
  }
  expect(checks.asked).toEqual(["image", "image", "image"]);
  check.stop();
});

test("a check that takes long is waited for, and one that failed is asked about again", async () => {
  const checks = new CheckServer();
  vi.stubGlobal("fetch", checks.answer);
  const { store, rename } = open(server);
  const check = startLiveCheck(store);
  for (const name of ["one", "two", "three", "four"]) {
    rename(name);
    await vi.advanceTimersByTimeAsync(1000);
  }
  expect(checks.asked).toEqual(["image"]);
  checks.waiting.shift()!(Response.json({ code: "engine.busy", message: "Busy." }, { status: 503 }));
  await vi.advanceTimersByTimeAsync(0);
  expect(checks.asked).toEqual(["image", "four"]);
  checks.waiting.shift()!(Response.json({ code: "engine.busy", message: "Busy." }, { status: 503 }));
  await vi.advanceTimersByTimeAsync(0);
  expect(store.getState().check.status).toBe("failed");
  await vi.advanceTimersByTimeAsync(3000);
  expect(checks.asked).toEqual(["image", "four", "four"]);
  await checks.respond();
  expect(store.getState().check.status).toBe("idle");
  check.stop();
});
