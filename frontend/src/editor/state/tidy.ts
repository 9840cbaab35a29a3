/** Lays the graph out in ranks that run down. The engine is fetched when it is first asked for and works beside the page. */

import type { ELK, ElkNode } from "elkjs/lib/elk-api";
import type { LayerIndex } from "../../graph/catalogue";
import type { GraphDocument, Point } from "../../graph/document";
import { moveNodes } from "../../graph/edits";
import { inputHandles, NODE_HEIGHT, NODE_WIDTH, outputHandles, snap } from "../../graph/geometry";
import { formOf } from "../../graph/ports";
import { inputPort } from "../../graph/wiring";
import { type EditorStore, graphHere } from "./store";

let engine: Promise<ELK> | null = null;

async function load(): Promise<ELK> {
  const [{ default: Elk }, { default: ElkWorker }] = await Promise.all([
    import("elkjs/lib/elk-api.js"),
    import("elkjs/lib/elk-worker.min.js?worker"),
  ]);
  return new Elk({ workerFactory: () => new ElkWorker() });
}

const OPTIONS = {
  "elk.algorithm": "layered",
  "elk.direction": "DOWN",
  "elk.layered.spacing.nodeNodeBetweenLayers": "24",
  "elk.layered.spacing.edgeNodeBetweenLayers": "12",
  "elk.layered.spacing.edgeEdgeBetweenLayers": "12",
  "elk.spacing.nodeNode": "40",
  "elk.spacing.edgeNode": "20",
  "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
  "elk.layered.nodePlacement.favorStraightEdges": "true",
  "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
};

function toElk(document: GraphDocument, layers: LayerIndex, ids: ReadonlySet<string>): ElkNode {
  const nodes = document.nodes.filter((node) => ids.has(node.id));
  const port = (id: string, x: number, y: number, side: string) => ({
    id,
    x,
    y,
    width: 0,
    height: 0,
    layoutOptions: { "elk.port.side": side },
  });
  return {
    id: "root",
    layoutOptions: OPTIONS,
    children: nodes.map((node) => {
      const layer = formOf(document, layers, node);
      const inputs = layer ? inputHandles(document, node, layer) : [];
      const outputs = layer ? outputHandles(document, node, layer) : [];
      return {
        id: node.id,
        width: NODE_WIDTH,
        height: NODE_HEIGHT,
        layoutOptions: { "elk.portConstraints": "FIXED_POS" },
        ports: [
          ...inputs.map((handle) => port(`${node.id}>${handle.id}`, handle.x, 0, "NORTH")),
          ...outputs.map((handle) => port(`${node.id}<${handle.id}`, handle.x, NODE_HEIGHT, "SOUTH")),
        ],
      };
    }),
    edges: document.edges
      .filter((edge) => ids.has(edge.source) && ids.has(edge.target))
      .map((edge) => ({
        id: edge.id,
        sources: [`${edge.source}<${edge.source_port}`],
        targets: [`${edge.target}>${targetHandle(document, layers, edge.id)}`],
      })),
  };
}

function targetHandle(document: GraphDocument, layers: LayerIndex, edgeId: string): string {
  const edge = document.edges.find((one) => one.id === edgeId)!;
  const node = document.nodes.find((one) => one.id === edge.target);
  const variadic = inputPort(document, layers, node, edge.target_port)?.variadic;
  return variadic ? `${edge.target_port}:${edge.index ?? 0}` : edge.target_port;
}

/** Where each of the nodes goes: their upper left corner stays where it was. */
export async function layOut(
  document: GraphDocument,
  layers: LayerIndex,
  ids: ReadonlySet<string>,
): Promise<Map<string, Point>> {
  engine ??= load();
  const result = await (await engine).layout(toElk(document, layers, ids));
  const chosen = document.nodes.filter((node) => ids.has(node.id));
  const left = Math.min(...chosen.map((node) => node.position[0]));
  const top = Math.min(...chosen.map((node) => node.position[1]));
  const placed = result.children ?? [];
  const firstX = Math.min(...placed.map((node) => node.x ?? 0));
  const firstY = Math.min(...placed.map((node) => node.y ?? 0));
  return new Map(
    placed.map((node) => [node.id, [snap(left + (node.x ?? 0) - firstX), snap(top + (node.y ?? 0) - firstY)]]),
  );
}

/** Lays out what is selected, or everything. */
export async function tidy(store: EditorStore): Promise<void> {
  const { layers, selection, trail } = store.getState();
  const document = graphHere(store.getState());
  if (document.nodes.length === 0) return;
  const ids = selection.nodes.size > 1 ? selection.nodes : new Set(document.nodes.map((node) => node.id));
  const positions = await layOut(document, layers, ids);
  if (store.getState().trail !== trail) return;
  store.getState().edit(moveNodes(graphHere(store.getState()), positions));
}
