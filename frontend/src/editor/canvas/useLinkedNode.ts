import { useLocation } from "@tanstack/react-router";
import { useNodesInitialized } from "@xyflow/react";
import { useEffect, useRef } from "react";
import { findNode } from "../../graph/document";
import { useEditorStore } from "../state/context";
import { graphHere } from "../state/store";
import { useView } from "../state/view";

/** Selects the node that the address names and brings it to the middle: `#node=n7`, where a failed run's page leads. */
export function useLinkedNode(): void {
  const { hash } = useLocation();
  const ready = useNodesInitialized();
  const store = useEditorStore();
  const followed = useRef("");
  useEffect(() => {
    // Inside a block the path begins with the block's node.
    const nodeId = new URLSearchParams(hash).get("node")?.split("/")[0];
    if (!ready || !nodeId || followed.current === hash) return;
    followed.current = hash;
    if (!findNode(graphHere(store.getState()), nodeId)) return;
    store.getState().selectNodes(nodeId);
    useView.getState().canvas?.centre(nodeId);
  }, [hash, ready, store]);
}
