/**
 * The document as React Flow's nodes and edges. Objects, and the lists of them, are kept while what they show is the
 * same, so only that is drawn again.
 */

import type { Edge, Node } from "@xyflow/react";
import type { LayerForm, LayerIndex } from "../../graph/catalogue";
import { type Check, type NodeState, outputTensor, shapeText } from "../../graph/check";
import { edgesInto, type GraphDocument, type GraphNode, type GraphNote, type Point } from "../../graph/document";
import { type Handle, handleId, inputHandles, NODE_HEIGHT, NODE_WIDTH, outputHandles } from "../../graph/geometry";
import { formOf } from "../../graph/ports";
import { type Box, routeWire, type Spot } from "../../graph/route";
import { inOrder } from "../../graph/walk";
import type { Selection } from "../state/store";

export type CardNode = Node<
  { node: GraphNode; layer: LayerForm | undefined; inputs: Handle[]; outputs: Handle[]; place: number; count: number },
  "card"
>;
export type NoteNode = Node<{ note: GraphNote }, "note">;
export type FlowNode = CardNode | NoteNode;

/** The element inside a card whose words a screen reader says of it. */
export function spokenId(nodeId: string): string {
  return `said-of-${nodeId}`;
}

export interface WireData extends Record<string, unknown> {
  spots: Spot[];
  /** The shape that flows here; null on all but one wire of a port, and while it is not known. */
  label: string | null;
  /** The same as above: said more quietly. */
  same: boolean;
  state: NodeState;
}
export type WireEdge = Edge<WireData, "wire">;

interface FlowInput {
  document: GraphDocument;
  layers: LayerIndex;
  selection: Selection;
  drag: ReadonlyMap<string, Point> | null;
  check: Check | null;
}

/** Turns documents into flows, remembering the last one. */
export class FlowCache {
  private nodes = new Map<string, FlowNode>();
  private edges = new Map<string, WireEdge>();
  private shown: FlowNode[] = [];
  /** The wires as they lie now. */
  wires: WireEdge[] = [];
  private last: FlowInput | null = null;

  nodesOf({ document, layers, selection, drag }: Omit<FlowInput, "check">): FlowNode[] {
    const order = inOrder(document);
    const byId = new Map(document.nodes.map((node) => [node.id, node]));
    const cards = order.map((id, i) => {
      const node = byId.get(id)!;
      return this.card(document, layers, node, i + 1, order.length, selection.nodes.has(id), drag?.get(id));
    });
    const notes = document.notes.map((note) => this.note(note, selection.notes.has(note.id), drag?.get(note.id)));
    this.shown = keepSame(this.shown, [...cards, ...notes]);
    this.nodes = new Map(this.shown.map((item) => [item.id, item]));
    return this.shown;
  }

  private card(
    document: GraphDocument,
    layers: LayerIndex,
    node: GraphNode,
    place: number,
    count: number,
    selected: boolean,
    dragged: Point | undefined,
  ): CardNode {
    const layer = formOf(document, layers, node);
    const [x, y] = dragged ?? node.position;
    const old = this.nodes.get(node.id) as CardNode | undefined;
    const inputs = layer ? inputHandles(document, node, layer) : [];
    const outputs = layer ? outputHandles(document, node, layer) : [];
    const sameData =
      old?.data.node === node &&
      old.data.layer === layer &&
      sameHandles(old.data.inputs, inputs) &&
      sameHandles(old.data.outputs, outputs) &&
      old.data.place === place &&
      old.data.count === count;
    if (sameData && old.position.x === x && old.position.y === y && old.selected === selected) return old;
    return {
      id: node.id,
      type: "card",
      position: { x, y },
      selected,
      width: NODE_WIDTH,
      height: NODE_HEIGHT,
      measured: { width: NODE_WIDTH, height: NODE_HEIGHT },
      domAttributes: { "aria-labelledby": spokenId(node.id), "aria-roledescription": undefined },
      data: sameData ? old.data : { node, layer, inputs, outputs, place, count },
    };
  }

  private note(note: GraphNote, selected: boolean, dragged: Point | undefined): NoteNode {
    const [x, y] = dragged ?? note.position;
    const old = this.nodes.get(note.id) as NoteNode | undefined;
    if (old?.data.note === note && old.position.x === x && old.position.y === y && old.selected === selected)
      return old;
    return {
      id: note.id,
      type: "note",
      position: { x, y },
      selected,
      width: note.size[0],
      // Known from the start: what is not measured yet is hidden, and what is hidden cannot take the focus.
      measured: { width: note.size[0], height: note.size[1] },
      data: { note },
    };
  }

  edgesOf(input: FlowInput): WireEdge[] {
    const { document, layers, selection, drag, check } = input;
    const moving = this.movingOf(input);
    this.last = input;
    const places = new Map(document.nodes.map((node) => [node.id, drag?.get(node.id) ?? node.position]));
    const boxes: Box[] = [...places.values()].map(([x, y]) => ({ x, y }));
    const byId = new Map(document.nodes.map((node) => [node.id, node]));
    const labelled = new Set<string>();
    const flow: WireEdge[] = [];
    for (const edge of document.edges) {
      const kept = moving && !moving.has(edge.source) && !moving.has(edge.target) && this.edges.get(edge.id);
      if (kept) {
        flow.push(kept);
        labelled.add(`${edge.source}\n${edge.source_port}`);
        continue;
      }
      const source = byId.get(edge.source);
      const target = byId.get(edge.target);
      if (!source || !target) continue;
      const sourceForm = formOf(document, layers, source) ?? NO_PORTS;
      const outputs = outputHandles(document, source, sourceForm);
      const inputs = inputHandles(document, target, formOf(document, layers, target) ?? NO_PORTS);
      const out = outputs.find((handle) => handle.port === edge.source_port);
      const order = edgesInto(document, target.id, edge.target_port).indexOf(edge);
      const into = inputs.find((handle) => handle.port === edge.target_port && (handle.index ?? order) === order);
      if (!out || !into) continue;
      const from = places.get(source.id)!;
      const to = places.get(target.id)!;
      const spots = routeWire({ x: from[0] + out.x, y: from[1] + NODE_HEIGHT }, { x: to[0] + into.x, y: to[1] }, boxes);
      const key = `${edge.source}\n${edge.source_port}`;
      const label = labelled.has(key) ? null : shapeText(outputTensor(check, edge));
      labelled.add(key);
      const selected =
        selection.edges.has(edge.id) || selection.nodes.has(edge.source) || selection.nodes.has(edge.target);
      const data: WireData = {
        spots,
        label,
        same: isSameAsAbove(document, check, source),
        state: wireState(check, edge.source, edge.target),
      };
      flow.push(
        this.wire(edge.id, source.id, target.id, out.id, handleId(edge.target_port, into.index), selected, data),
      );
    }
    this.wires = keepSame(this.wires, flow);
    this.edges = new Map(this.wires.map((edge) => [edge.id, edge]));
    return this.wires;
  }

  /** While only dragged cards move: their ids. The wires between other cards stay as they are until the drag ends. */
  private movingOf({ document, check, selection, drag }: FlowInput): ReadonlyMap<string, Point> | null {
    const { last } = this;
    const onlyDragged = last?.document === document && last.check === check && last.selection === selection;
    return onlyDragged && drag ? drag : null;
  }

  private wire(
    id: string,
    source: string,
    target: string,
    sourceHandle: string,
    targetHandle: string,
    selected: boolean,
    data: WireData,
  ): WireEdge {
    const old = this.edges.get(id);
    const sameData = old?.data && JSON.stringify(old.data) === JSON.stringify(data);
    const same = sameData && old.selected === selected && old.source === source && old.target === target;
    if (same && old.sourceHandle === sourceHandle && old.targetHandle === targetHandle) return old;
    return { id, type: "wire", source, target, sourceHandle, targetHandle, selected, data: sameData ? old.data : data };
  }
}

/** The old list where the new one holds the same objects. */
function keepSame<T>(old: T[], next: T[]): T[] {
  return old.length === next.length && next.every((item, i) => item === old[i]) ? old : next;
}

function sameHandles(a: Handle[], b: Handle[]): boolean {
  return a.length === b.length && a.every((handle, i) => handle.x === b[i]!.x && handle.spare === b[i]!.spare);
}

const NO_PORTS = { type: "", inputs: [], outputs: [] } as unknown as LayerForm;

function isSameAsAbove(document: GraphDocument, check: Check | null, source: GraphNode): boolean {
  const above = edgesInto(document, source.id)[0];
  if (!above) return false;
  const before = shapeText(outputTensor(check, above));
  const own = Object.values(check?.nodes[source.id]?.outputs ?? {})[0];
  return before !== null && before === shapeText(own);
}

function wireState(check: Check | null, source: string, target: string): NodeState {
  const above = check?.nodes[source]?.state ?? "ok";
  if (above === "error" || above === "waiting") return "waiting";
  return check?.nodes[target]?.state === "unused" ? "unused" : "ok";
}
