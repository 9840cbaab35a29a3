/** The graph document, format 1: what the API gives and takes. Pure data; nothing here knows of React or the browser. */

export type Point = [number, number];

/** A literal, a parameter of the enclosing block, or a fact of the data set. */
export type ParamValue = unknown;

export interface GraphNode {
  id: string;
  name: string;
  label?: string;
  type: string;
  params: Record<string, ParamValue>;
  position: Point;
  repeat?: number;
  shares?: string;
  ties?: Record<string, [string, string]>;
  frozen?: boolean;
  color?: string;
  collapsed?: boolean;
  note?: string;
}

export interface GraphEdge {
  id: string;
  source: string;
  source_port: string;
  target: string;
  target_port: string;
  /** The place among the wires of a port that takes many. */
  index?: number;
}

export interface GraphNote {
  id: string;
  text: string;
  position: Point;
  size: Point;
}

export interface BlockParam {
  name: string;
  type: "int" | "float" | "bool" | "str" | "ints";
  default: ParamValue;
}

/** A composite of nodes; its BlockInput and BlockOutput nodes are the ports of what uses it. */
export interface BlockDefinition {
  params: BlockParam[];
  nodes: GraphNode[];
  edges: GraphEdge[];
}

export type Blocks = Record<string, BlockDefinition>;

export interface GraphDocument {
  format: 1;
  nodes: GraphNode[];
  edges: GraphEdge[];
  blocks: Blocks;
  notes: GraphNote[];
  /** Where this is the inside of a block; a whole document has none. */
  inside?: Inside;
}

/** The open block that a graph is the inside of. */
export interface Inside {
  params: BlockParam[];
  /** Its name, after those of the blocks in which it was opened. */
  names: string[];
}

export const EMPTY_DOCUMENT: GraphDocument = { format: 1, nodes: [], edges: [], blocks: {}, notes: [] };

/** A reference to a fact of the data set, such as `label.num_classes`. */
export interface DataReference {
  $data: string;
}

export function isDataReference(value: ParamValue): value is DataReference {
  return typeof value === "object" && value !== null && "$data" in value;
}

/** A reference to a parameter of the enclosing block. */
export interface BlockReference {
  $: string;
}

export function isBlockReference(value: ParamValue): value is BlockReference {
  return typeof value === "object" && value !== null && "$" in value;
}

export function findNode(document: GraphDocument, id: string): GraphNode | undefined {
  return document.nodes.find((node) => node.id === id);
}

export function findEdge(document: GraphDocument, id: string): GraphEdge | undefined {
  return document.edges.find((edge) => edge.id === id);
}

interface Wires {
  into: Map<string, GraphEdge[]>;
  outOf: Map<string, GraphEdge[]>;
}

const NO_EDGES: GraphEdge[] = [];
const wires = new WeakMap<GraphEdge[], Wires>();

/** The wires by node; found once for each array of edges, since a document is never changed in place. */
function wiresOf(document: GraphDocument): Wires {
  let known = wires.get(document.edges);
  if (!known) {
    known = { into: new Map(), outOf: new Map() };
    for (const edge of document.edges) {
      known.into.set(edge.target, [...(known.into.get(edge.target) ?? []), edge]);
      known.outOf.set(edge.source, [...(known.outOf.get(edge.source) ?? []), edge]);
    }
    for (const edges of known.into.values()) edges.sort((a, b) => (a.index ?? 0) - (b.index ?? 0));
    wires.set(document.edges, known);
  }
  return known;
}

/** The wires that end at a node, those of one port in their order. */
export function edgesInto(document: GraphDocument, nodeId: string, port?: string): GraphEdge[] {
  const edges = wiresOf(document).into.get(nodeId) ?? NO_EDGES;
  return port === undefined ? edges : edges.filter((edge) => edge.target_port === port);
}

export function edgesOutOf(document: GraphDocument, nodeId: string, port?: string): GraphEdge[] {
  const edges = wiresOf(document).outOf.get(nodeId) ?? NO_EDGES;
  return port === undefined ? edges : edges.filter((edge) => edge.source_port === port);
}

/** The smallest unused id of the kind: "n7", "e3". */
export function freshId(prefix: string, taken: Iterable<{ id: string }>): string {
  let highest = 0;
  const pattern = new RegExp(`^${prefix}(\\d+)$`);
  for (const { id } of taken) {
    const number = pattern.exec(id);
    if (number) highest = Math.max(highest, Number(number[1]));
  }
  return `${prefix}${highest + 1}`;
}

const forTheEye = new Set(["position", "label", "color", "collapsed", "note"]);

function meaningOf(node: GraphNode): unknown[] {
  return Object.entries(node)
    .filter(([key]) => !forTheEye.has(key))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Whether two documents say the same network: moving a node or writing a note changes nothing. */
export function sameMeaning(a: GraphDocument, b: GraphDocument): boolean {
  if (a === b) return true;
  if (a.edges !== b.edges && JSON.stringify(a.edges) !== JSON.stringify(b.edges)) return false;
  if (a.blocks !== b.blocks && JSON.stringify(a.blocks) !== JSON.stringify(b.blocks)) return false;
  if (a.nodes.length !== b.nodes.length) return false;
  return a.nodes.every((node, i) => {
    const other = b.nodes[i]!;
    return node === other || JSON.stringify(meaningOf(node)) === JSON.stringify(meaningOf(other));
  });
}

/** Whether two JSON values are equal, whatever the order of their keys. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [mine, theirs] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = Object.keys(mine);
  return (
    keys.length === Object.keys(theirs).length && keys.every((key) => key in theirs && sameJson(mine[key], theirs[key]))
  );
}
