import { Handle as FlowHandle, type NodeProps, Position } from "@xyflow/react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { blockOf } from "../../graph/blocks";
import type { Mark } from "../../graph/changes";
import { outputTensor, shapeText, tellingText } from "../../graph/check";
import type { Handle } from "../../graph/geometry";
import { builtParams, ownerNames } from "../../graph/sharing";
import { formatBytes, formatCount, formatShare } from "../../ui/numbers";
import { useEditor } from "../state/context";
import { problemsOf, worstProblem } from "../state/problems";
import { checkHere, graphHere } from "../state/store";
import { useView } from "../state/view";
import { type CardNode, spokenId } from "./flow";

/** A node on the canvas: plain elements only, since there may be hundreds. */
export const NodeCard = memo(function NodeCard({ data, selected }: NodeProps<CardNode>) {
  const { node, layer, inputs, outputs } = data;
  const { t } = useTranslation("editor");
  const state = useEditor((editor) => checkHere(editor)?.nodes[node.id]?.state ?? "ok");
  const worst = useEditor((editor) => worstProblem(checkHere(editor), node.id)?.severity ?? null);
  const line = useLine(data);
  const heat = useHeat(node.id);
  const mark = useMark(node.id);
  const failed = state === "error" || worst === "error";
  const classes = [
    "node",
    `fam-${layer?.family ?? "block"}`,
    selected && "sel",
    failed && "err",
    state === "waiting" && "wait",
    state === "unused" && "unused",
    node.frozen && "frozen",
    heat && `heat heat-${heat.level}`,
    mark && `mark-${mark}`,
  ];
  return (
    <div className={classes.filter(Boolean).join(" ")} data-testid={`node-${node.name}`} data-state={state}>
      <Ports handles={inputs} side="target" state={state} failed={failed} />
      <span className="tile">
        <svg className="ic" width="16" height="16" aria-hidden="true">
          <use href={`#i-${layer?.icon ?? "block"}`} />
        </svg>
      </span>
      <span className="trunc">
        <b className="trunc">{node.label || node.name}</b>
        <small className="trunc">{heat ? heat.value : state === "unused" ? t("node.unused") : line}</small>
      </span>
      {(node.shares || node.ties) && !heat && <Linked node={node} />}
      <RightSlot repeat={node.repeat} frozen={node.frozen} share={heat?.share} />
      <Badge nodeId={node.id} name={node.name} severity={worst} waiting={state === "waiting"} />
      {mark && (
        <span className="mark" title={t(`history.mark.${mark}`)} data-testid={`mark-${node.name}`} data-mark={mark}>
          <svg className="ic" width="10" height="10" aria-hidden="true">
            <use href={mark === "added" ? "#i-plus" : "#i-brush"} />
          </svg>
        </span>
      )}
      <Ports handles={outputs} side="source" state={state} failed={false} />
      <span className="far-name" aria-hidden="true">
        {node.label || node.name}
      </span>
      <Spoken data={data} />
    </div>
  );
});

/** The card in words: type, name, place in the order, shapes, problems. */
function Spoken({ data }: { data: CardNode["data"] }) {
  const { node, place, count } = data;
  const { t } = useTranslation("editor");
  const output = useEditor((editor) => shapeText(Object.values(checkHere(editor)?.nodes[node.id]?.outputs ?? {})[0]));
  const input = useEditor((editor) => {
    const wire = graphHere(editor).edges.find((edge) => edge.target === node.id);
    return wire ? shapeText(outputTensor(checkHere(editor), wire)) : null;
  });
  const problems = useEditor((editor) => problemsOf(checkHere(editor), node.id).length);
  const names = useEditor((editor) => ownerNames(graphHere(editor), node).join(", "));
  const mark = useMark(node.id);
  const words = [
    t("said.node", { type: node.type, name: node.name, place, count }),
    input && t("said.input", { shape: input }),
    output && t("said.output", { shape: output }),
    names && t(node.shares ? "weights.sharesWith" : "weights.tiedTo", { names }),
    mark && t(`history.mark.${mark}`),
    t("said.problems", { count: problems }),
  ];
  return (
    <span id={spokenId(node.id)} className="sr-only">
      {words.filter(Boolean).join(", ")}
    </span>
  );
}

function useLine({ node, layer }: CardNode["data"]) {
  const facts = useEditor((editor) => editor.facts);
  const shape = useEditor((editor) =>
    node.type === "Input" ? (checkHere(editor)?.nodes[node.id]?.outputs.output?.shape.slice(1).join("×") ?? "") : "",
  );
  const params = useEditor((editor) => builtParams(graphHere(editor), node));
  const preparing = useEditor((editor) => editor.datasetProgress !== null);
  const losses = useEditor((editor) => editor.catalogue.losses);
  const inputCount = layer?.inputs[0]?.variadic ? -1 : 0;
  const wires = useEditor((editor) =>
    inputCount < 0 ? graphHere(editor).edges.filter((edge) => edge.target === node.id).length : 0,
  );
  const { t } = useTranslation("editor");
  let telling = layer ? tellingText({ ...node, params }, layer, facts) : "";
  if (node.type === "Input") telling = shape || t(preparing ? "node.preparing" : "node.noData");
  if (node.type === "Output") {
    const loss = (node.params.loss as { type?: string } | undefined)?.type;
    telling = losses.find((form) => form.type === loss)?.label ?? "";
  }
  if (inputCount < 0) telling = t("node.inputs", { count: wires });
  const plain = ["Input", "Output", "BlockInput", "BlockOutput"].includes(node.type);
  const kind = plain ? (layer?.label ?? node.type) : (blockOf(node.type) ?? node.type);
  return (
    <>
      {kind}
      {telling && <i> · </i>}
      {telling}
    </>
  );
}

/** Whether the version that is looked at lacks the node, or has it otherwise. */
function useMark(id: string): Mark | undefined {
  const inside = useEditor((editor) => graphHere(editor).inside?.names.at(-1));
  return useView((view) => view.marks?.get(inside === undefined ? id : `block:${inside}/${id}`));
}

/** What the heat view says of a node: its share of the whole in five steps, and the value. */
function useHeat(id: string): { level: number; value: string; share: string } | null {
  const heat = useView((view) => view.heat);
  const own = useEditor((editor) => (heat ? (checkHere(editor)?.nodes[id]?.[heat] ?? 0) : 0));
  const whole = useEditor((editor) => (heat ? wholeOf(checkHere(editor)?.nodes, heat) : 0));
  if (!heat) return null;
  const share = whole > 0 ? own / whole : 0;
  const level = share === 0 ? 0 : share < 0.05 ? 1 : share < 0.15 ? 2 : share < 0.35 ? 3 : share < 0.6 ? 4 : 5;
  const value = heat === "activation_bytes" ? formatBytes(own) : formatCount(own);
  return { level, value, share: share > 0 ? formatShare(share) : "" };
}

type Counts = Record<string, { num_parameters: number; macs: number; activation_bytes: number }>;

function wholeOf(nodes: Counts | undefined, heat: "num_parameters" | "macs" | "activation_bytes"): number {
  return Object.values(nodes ?? {}).reduce((sum, node) => sum + node[heat], 0);
}

function RightSlot({ repeat, frozen, share }: { repeat?: number; frozen?: boolean; share?: string }) {
  if (share !== undefined) return <span className="heat-share">{share}</span>;
  if (repeat) return <span className="times">×{repeat}</span>;
  if (!frozen) return null;
  return (
    <svg className="ic t3" width="14" height="14" aria-hidden="true">
      <use href="#i-lock" />
    </svg>
  );
}

/** The mark of a card that has weights of other nodes. */
function Linked({ node }: { node: CardNode["data"]["node"] }) {
  const { t } = useTranslation("editor");
  const names = useEditor((editor) => ownerNames(graphHere(editor), node).join(", "));
  return (
    <span className="linked t3" title={t(node.shares ? "weights.sharesWith" : "weights.tiedTo", { names })}>
      <svg className="ic" width="14" height="14" aria-hidden="true" data-testid={`linked-${node.name}`}>
        <use href="#i-link" />
      </svg>
    </span>
  );
}

interface BadgeProps {
  nodeId: string;
  name: string;
  severity: "error" | "warning" | null;
  waiting: boolean;
}

function Badge({ nodeId, name, severity, waiting }: BadgeProps) {
  const { t } = useTranslation("editor");
  if (!severity) {
    if (!waiting) return null;
    return (
      <span className="badge waitb" title={t("node.waiting")}>
        <svg className="ic" width="12" height="12" aria-hidden="true">
          <use href="#i-clock" />
        </svg>
      </span>
    );
  }
  const open = () => useView.getState().set({ problemOf: nodeId });
  return (
    <button
      type="button"
      className={severity === "error" ? "badge nodrag" : "badge warnb nodrag"}
      aria-label={t("node.showProblem", { name })}
      onClick={open}
      tabIndex={-1}
      data-testid={`badge-${name}`}
    >
      <svg className="ic" width="12" height="12" aria-hidden="true">
        <use href={severity === "error" ? "#i-x" : "#i-warn"} />
      </svg>
    </button>
  );
}

interface PortsProps {
  handles: Handle[];
  side: "source" | "target";
  state: string;
  failed: boolean;
}

function Ports({ handles, side, state, failed }: PortsProps) {
  const position = side === "target" ? Position.Top : Position.Bottom;
  const look = failed ? "errp" : state === "waiting" ? "waitp" : "";
  return handles.map((handle) => (
    <FlowHandle
      key={handle.id}
      id={handle.id}
      type={side}
      position={position}
      className={`port ${look} ${handle.spare ? "spare" : ""}`}
      style={{ left: handle.x }}
      title={handles.length > 1 ? handle.port : undefined}
    />
  ));
}
