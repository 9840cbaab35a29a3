import "@xyflow/react/dist/base.css";
import {
  Background,
  BackgroundVariant,
  MiniMap,
  type NodeChange,
  ReactFlow,
  SelectionMode,
  useStore as useFlow,
  ViewportPortal,
} from "@xyflow/react";
import { type CSSProperties, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { blockOf } from "../../graph/blocks";
import { openBlock } from "../state/blockActions";
import { useDocument, useEditor, useEditorStore } from "../state/context";
import { checkHere, type EditorStore, graphHere } from "../state/store";
import { useView } from "../state/view";
import { BlockTrail } from "./BlockTrail";
import { CanvasTools } from "./CanvasTools";
import { EmptyCanvas } from "./EmptyCanvas";
import { FlowCache, type FlowNode, type WireEdge } from "./flow";
import { useHover } from "./hover";
import { NodeCard } from "./NodeCard";
import { NoteCard } from "./NoteCard";
import { ProblemCard } from "./ProblemCard";
import { FIT, pickOnPane, useCanvasControls } from "./useCanvasControls";
import { type Lines, useDragging } from "./useDragging";
import { useDrop } from "./useDrop";
import { useLinkedNode } from "./useLinkedNode";
import { useWiring } from "./useWiring";
import { Wire } from "./Wire";

const nodeTypes = { card: NodeCard, note: NoteCard };
const edgeTypes = { wire: Wire };
/** Keys that keep what is selected while more is. */
const ADDING = ["Control", "Meta", "Shift"];
const PLAIN = { hideAttribution: true };
/** Below this zoom a card is a block of its family's colour with its name. */
const FAR = 0.4;

/** The graph: cards, wires and notes, to be dragged, wired and dropped on. */
export function Canvas() {
  const { t } = useTranslation("editor");
  const store = useEditorStore();
  const document = useDocument();
  const layers = useEditor((editor) => editor.layers);
  const selection = useEditor((editor) => editor.selection);
  const drag = useEditor((editor) => editor.drag);
  const check = useEditor((editor) => checkHere(editor));
  const [cache] = useState(() => new FlowCache());
  const nodes = useMemo(
    () => cache.nodesOf({ document, layers, selection, drag }),
    [cache, document, layers, selection, drag],
  );
  const edges = useMemo(
    () => cache.edgesOf({ document, layers, selection, drag, check }),
    [cache, document, layers, selection, drag, check],
  );
  const [lines, setLines] = useState<Lines>({ x: null, y: null });
  const dragging = useDragging(cache, setLines);
  const wiring = useWiring();
  const drop = useDrop(edges);
  const frame = useCanvasControls();
  useLinkedNode();
  const far = useFlow((flow) => (flow.transform[2] < FAR ? Math.round(flow.transform[2] * 50) / 50 : 0));

  const handlers = useMemo(() => handlersIn(store, dragging), [store, dragging]);

  return (
    <section
      ref={frame.ref}
      className={far ? "canvas far" : "canvas"}
      style={far ? ({ "--zoom": far } as CSSProperties) : undefined}
      aria-label={t("canvas.label")}
      data-testid="canvas"
      onFocus={(event) => {
        const node = (event.target as HTMLElement).closest<HTMLElement>(".react-flow__node:focus-visible");
        const id = node?.dataset.id;
        if (id && !selection.nodes.has(id)) store.getState().selectNodes(id);
      }}
      onDragOver={drop.onDragOver}
      onDragLeave={drop.onDragLeave}
      onDrop={drop.onDrop}
      onPointerMove={frame.onPointerMove}
      onPointerLeave={frame.onPointerLeave}
    >
      <ReactFlow
        className={wiring.className}
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        {...handlers}
        {...wiring.handlers}
        onDoubleClick={pickOnPane}
        connectionRadius={24}
        connectionLineComponent={wiring.Line}
        deleteKeyCode={null}
        selectionMode={SelectionMode.Partial}
        multiSelectionKeyCode={ADDING}
        zoomOnDoubleClick={false}
        disableKeyboardA11y
        edgesFocusable={false}
        elevateNodesOnSelect={false}
        nodeDragThreshold={3}
        minZoom={0.1}
        maxZoom={2.5}
        fitView
        fitViewOptions={FIT}
        proOptions={PLAIN}
      >
        <Background variant={BackgroundVariant.Dots} gap={20} size={2} color="var(--canvas-dot)" />
        <ViewportPortal>
          {lines.x !== null && <i className="helper-x" style={{ transform: `translateX(${lines.x}px)` }} />}
          {lines.y !== null && <i className="helper-y" style={{ transform: `translateY(${lines.y}px)` }} />}
        </ViewportPortal>
        <ProblemCard />
        <Overview />
      </ReactFlow>
      {document.nodes.length === 0 && <EmptyCanvas />}
      <CanvasTools />
      <BlockTrail />
    </section>
  );
}

/** The same objects for as long as the canvas stands: with another function React Flow draws every card and wire again. */
function handlersIn(store: EditorStore, dragging: ReturnType<typeof useDragging>) {
  return {
    onNodesChange: (changes: NodeChange<FlowNode>[]) => {
      dragging.onChanges(changes);
      selectAsChanged(store, changes);
    },
    onNodeDragStop: dragging.onStop,
    onSelectionDragStop: dragging.onStop,
    onNodeDoubleClick: (_: unknown, { id, type }: FlowNode) => type === "card" && openBlockAt(store, id),
    onEdgeClick: (_: unknown, edge: WireEdge) => store.getState().select({ edges: new Set([edge.id]) }),
    onEdgeMouseEnter: (_: unknown, edge: WireEdge) => useHover.getState().enter(edge.id),
    onEdgeMouseLeave: () => useHover.getState().leave(),
    onPaneClick: () => {
      store.getState().select({});
      useView.getState().set({ problemOf: null });
    },
  };
}

function selectAsChanged(store: EditorStore, changes: NodeChange<FlowNode>[]): void {
  const selects = changes.filter((change) => change.type === "select");
  if (selects.length === 0) return;
  const { selection, select } = store.getState();
  const { notes } = graphHere(store.getState());
  const next = { nodes: new Set(selection.nodes), notes: new Set(selection.notes) };
  for (const { id, selected } of selects) {
    const set = notes.some((note) => note.id === id) ? next.notes : next.nodes;
    if (selected) set.add(id);
    else set.delete(id);
  }
  select(next);
}

/** Opens the block that a card stands for; other cards stay as they are. */
function openBlockAt(store: EditorStore, id: string): void {
  const node = graphHere(store.getState()).nodes.find((one) => one.id === id);
  if (node && blockOf(node.type)) openBlock(store, id);
}

const OVERVIEW_SIZE = { width: 92, height: 124 };

function colourOf(item: FlowNode): string {
  return item.type === "note" ? "transparent" : `var(--fam-${item.data.layer?.family ?? "block"})`;
}

/** The whole graph, small, with the part that is in view. */
function Overview() {
  const { t } = useTranslation("editor");
  const count = useEditor((editor) => graphHere(editor).nodes.length);
  if (count < 2) return null;
  return (
    <MiniMap<FlowNode>
      className="minimap"
      ariaLabel={t("canvas.map")}
      nodeColor={colourOf}
      nodeBorderRadius={6}
      pannable
      zoomable
      style={OVERVIEW_SIZE}
      maskColor="transparent"
      maskStrokeColor="var(--accent)"
      maskStrokeWidth={1.5}
    />
  );
}
