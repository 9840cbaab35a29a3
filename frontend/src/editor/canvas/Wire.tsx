import { BaseEdge, EdgeLabelRenderer, type EdgeProps } from "@xyflow/react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { middleOf, wirePath } from "../../graph/route";
import { Icon } from "../../ui/Icon";
import { useView } from "../state/view";
import type { WireEdge } from "./flow";
import { useHover } from "./hover";

/** A wire: an orthogonal path with the shape beside its beginning and, while pointed at, a "+" in its middle. */
export const Wire = memo(function Wire({ id, data, selected }: EdgeProps<WireEdge>) {
  const hovered = useHover((hover) => hover.edge === id);
  const dropping = useHover((hover) => hover.drop === id);
  if (!data) return null;
  const { spots, label, same, state } = data;
  const start = spots[0]!;
  const classes = [
    "wire",
    selected && "sel",
    state === "waiting" && "wait",
    state === "unused" && "unused",
    hovered && "hover",
    dropping && "drop",
  ];
  return (
    <>
      <BaseEdge id={id} path={wirePath(spots)} interactionWidth={16} className={classes.filter(Boolean).join(" ")} />
      {label && state !== "waiting" && (
        <text className={same ? "elabel same" : "elabel"} x={start.x + 10} y={start.y + 12} data-testid={`shape-${id}`}>
          {label}
        </text>
      )}
      {hovered && <Insert edge={id} spots={spots} />}
    </>
  );
});

function Insert({ edge, spots }: { edge: string; spots: { x: number; y: number }[] }) {
  const { t } = useTranslation("editor");
  const { x, y } = middleOf(spots);
  const open = () => {
    const view = useView.getState();
    const screen = view.canvas?.toScreen([x, y]) ?? [0, 0];
    view.set({ picker: { screen, world: [x, y], purpose: { kind: "insert", edge } } });
  };
  return (
    <EdgeLabelRenderer>
      <button
        type="button"
        className="edge-plus nodrag nopan"
        style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
        aria-label={t("canvas.insert")}
        onClick={open}
        onMouseEnter={() => useHover.getState().enter(edge)}
        onMouseLeave={() => useHover.getState().leave()}
        data-testid={`insert-${edge}`}
      >
        <Icon name="plus" size={12} />
      </button>
    </EdgeLabelRenderer>
  );
}
