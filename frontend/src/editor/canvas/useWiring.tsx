import type {
  Connection,
  ConnectionLineComponentProps,
  Edge,
  FinalConnectionState,
  OnConnectStartParams,
} from "@xyflow/react";
import { useMemo, useState } from "react";
import { connect } from "../../graph/edits";
import { routeWire, wirePath } from "../../graph/route";
import { canConnect } from "../../graph/wiring";
import { useEditorStore } from "../state/context";
import { type EditorStore, graphHere } from "../state/store";
import { useView } from "../state/view";
import type { FlowNode } from "./flow";

/** "inputs:2" -> "inputs". */
function portOf(handle: string | null | undefined): string {
  return (handle ?? "").split(":")[0]!;
}

/** Drawing wires: which ports take them, and what happens where one ends. */
export function useWiring() {
  const store = useEditorStore();
  const [from, setFrom] = useState<Side | null>(null);
  const handlers = useMemo(() => wiringIn(store, setFrom), [store]);
  return { className: from ? `wiring-${from}` : undefined, handlers, Line };
}

type Side = "source" | "target";

function wiringIn(store: EditorStore, setFrom: (side: Side | null) => void) {
  const ends = (connection: Connection | Edge) => ({
    source: { node: connection.source, port: portOf(connection.sourceHandle) },
    target: { node: connection.target, port: portOf(connection.targetHandle) },
  });

  return {
    isValidConnection: (connection: Connection | Edge) => {
      const { layers } = store.getState();
      const { source, target } = ends(connection);
      return canConnect(graphHere(store.getState()), layers, source, target);
    },
    onConnectStart: (_: unknown, params: OnConnectStartParams) => setFrom(params.handleType),
    onConnect: (connection: Connection) => {
      const { layers, edit } = store.getState();
      const { source, target } = ends(connection);
      edit(connect(graphHere(store.getState()), layers, source, target));
    },
    onConnectEnd: (event: MouseEvent | TouchEvent, state: FinalConnectionState) => {
      setFrom(null);
      if (state.toNode || !state.fromNode || !state.fromHandle) return;
      const point = "changedTouches" in event ? event.changedTouches[0]! : event;
      const screen: [number, number] = [point.clientX, point.clientY];
      const view = useView.getState();
      const port = { node: state.fromNode.id, port: portOf(state.fromHandle.id) };
      const side = state.fromHandle.type;
      view.set({ picker: { screen, world: view.canvas!.toWorld(screen), purpose: { kind: "connect", port, side } } });
    },
  };
}

function Line({ fromX, fromY, toX, toY, fromHandle }: ConnectionLineComponentProps<FlowNode>) {
  const down = fromHandle.type === "source";
  const [from, to] = down
    ? [
        { x: fromX, y: fromY },
        { x: toX, y: toY },
      ]
    : [
        { x: toX, y: toY },
        { x: fromX, y: fromY },
      ];
  return <path className="wire drop" d={wirePath(routeWire(from, to, []))} fill="none" />;
}
