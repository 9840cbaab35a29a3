import type { Check } from "../graph/check";

/** A node as the settings of a run look at it. */
export interface SettingNode {
  id: string;
  name: string;
  type: string;
  params: Record<string, unknown>;
}

/** What of a graph decides which settings there are. */
export interface GraphFacts {
  /** Names of the nodes that have weights. */
  weighted: string[];
  /** Names of the outputs whose loss takes weights of classes. */
  classes: string[];
  /** Whether pictures arrive. */
  images: boolean;
}

/** An image is `[B, C, H, W]` where it enters; nothing else that a data set gives is. */
const IMAGE_RANK = 4;

export function graphFacts(nodes: readonly SettingNode[], check: Check | null, losses: readonly string[]): GraphFacts {
  return {
    weighted: nodes.filter((node) => (check?.nodes[node.id]?.num_parameters ?? 0) > 0).map((node) => node.name),
    classes: nodes.filter((node) => node.type === "Output" && losses.includes(lossOf(node))).map((node) => node.name),
    images: nodes.some(
      (node) =>
        node.type === "Input" &&
        Object.values(check?.nodes[node.id]?.outputs ?? {}).some((tensor) => tensor.shape.length === IMAGE_RANK),
    ),
  };
}

function lossOf(node: SettingNode): string {
  const { loss } = node.params;
  return typeof loss === "object" && loss !== null && "type" in loss ? String(loss.type) : "";
}
