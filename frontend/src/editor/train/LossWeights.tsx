import { useTranslation } from "react-i18next";
import { DraftInput } from "../inspector/DraftInput";
import { useEditor } from "../state/context";
import { Row } from "./rows";

interface LossWeightsProps {
  weights: Record<string, number> | undefined;
  onWeights: (weights: Record<string, number> | undefined) => void;
}

/** How much each output counts in this run; with one output there is nothing to weigh. */
export function LossWeights({ weights, onWeights }: LossWeightsProps) {
  const { t } = useTranslation("editor");
  const outputs = useEditor((editor) => editor.history.present).nodes.filter((node) => node.type === "Output");
  if (outputs.length < 2) return null;
  const set = (name: string, weight: number | undefined) => {
    const { [name]: _, ...rest } = weights ?? {};
    const next = weight === undefined ? rest : { ...rest, [name]: weight };
    onWeights(Object.keys(next).length > 0 ? next : undefined);
  };
  return (
    <Row label={t("train.lossWeights")} name="loss_weights" hint={t("train.lossWeightsHint")}>
      {outputs.map((node) => (
        <div key={node.id} className="row between">
          <span className="mono sm trunc">{node.name}</span>
          <DraftInput
            label={t("train.lossWeightOf", { name: node.name })}
            value={String(weights?.[node.name] ?? "")}
            placeholder={String(node.params.loss_weight ?? 1)}
            read={(text) => (text.trim() !== "" && Number(text) >= 0 ? Number(text) : undefined)}
            onValue={(weight) => set(node.name, weight)}
            onEmpty={() => set(node.name, undefined)}
            expected="≥ 0"
            testId={`train-weight-${node.name}`}
          />
        </div>
      ))}
    </Row>
  );
}
