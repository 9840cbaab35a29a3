/** What follows from the loss of an Output: its input ports, and the metrics that go with it. */

import type { LossForm, MetricForm } from "./catalogue";
import { findNode, type GraphDocument } from "./document";

export interface LossChoice {
  type: string;
  params: Record<string, unknown>;
}

export function lossOf(losses: LossForm[], params: Record<string, unknown>): LossForm | undefined {
  const choice = params.loss as LossChoice | undefined;
  return losses.find((loss) => loss.type === choice?.type);
}

/** Every metric goes with an Output that has no loss yet. */
export function fitsLoss(metric: MetricForm, loss: LossForm | undefined): boolean {
  return !loss || metric.tasks.some((task) => loss.tasks.includes(task));
}

/** The names of an Output's input ports. */
export function lossPorts(loss: LossForm | undefined): string[] {
  if (!loss) return ["input", "target"];
  return loss.target ? [...loss.inputs, "target"] : loss.inputs;
}

/**
 * The document with another loss at an Output. What came to its first port comes to the first of the new ones; wires
 * into ports and metrics that the new loss does not have are left out.
 */
export function setLoss(
  document: GraphDocument,
  id: string,
  choice: LossChoice | undefined,
  { losses, metrics }: { losses: LossForm[]; metrics: MetricForm[] },
): GraphDocument {
  const node = findNode(document, id);
  if (!node) return document;
  const before = lossPorts(lossOf(losses, node.params));
  const loss = choice && losses.find((form) => form.type === choice.type);
  const ports = lossPorts(loss);
  const first = ports[0]!;
  const measured = ((node.params.metrics as string[] | undefined) ?? []).filter((type) =>
    metrics.some((metric) => metric.type === type && fitsLoss(metric, loss)),
  );
  const { loss: _, metrics: __, ...rest } = node.params;
  const params = { ...rest, ...(choice && { loss: choice }), ...(measured.length > 0 && { metrics: measured }) };
  return {
    ...document,
    nodes: document.nodes.map((one) => (one.id === id ? { ...one, params } : one)),
    edges: document.edges
      .map((edge) => (edge.target === id && edge.target_port === before[0] ? { ...edge, target_port: first } : edge))
      .filter((edge) => edge.target !== id || ports.includes(edge.target_port)),
  };
}
