import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/client";
import { projectQuery } from "../../api/projects";
import { createRun, type RunConfig } from "../../runs/api";
import { graphFacts } from "../../settings/graphFacts";
import { focusWrong, SettingFolds } from "../../settings/SettingFolds";
import { onlyChanged, settingsQuery, usable } from "../../settings/schema";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { formatRate } from "../../ui/numbers";
import { DraftInput } from "../inspector/DraftInput";
import { MemoryRow } from "../memory/MemoryRow";
import { useAutosave } from "../state/autosaveContext";
import { useEditor } from "../state/context";
import { hasErrors } from "../state/problems";
import { useRunConfig } from "../state/runConfig";
import { useView } from "../state/view";
import { Choice } from "./Choice";
import { numOwnParams, rateOf, rememberConfig, setParamOf, withOptimizer, withPlainOptimizer } from "./config";
import { LossWeights } from "./LossWeights";
import { OptimizerFields } from "./OptimizerFields";
import { Recommended } from "./Recommended";
import { Row, Whole } from "./rows";

/** A run's settings: the few that matter, the rest folded; starting it opens the run. */
export function TrainForm() {
  const { t } = useTranslation(["editor", "settings"]);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const autosave = useAutosave();
  const projectId = useEditor((editor) => editor.projectId);
  const { optimizers, schedules } = useEditor((editor) => editor.catalogue);
  const dataset = useEditor((editor) => editor.datasetName);
  const version = useEditor((editor) => editor.datasetVersion);
  const preparing = useEditor((editor) => editor.datasetProgress !== null);
  const numErrors = useEditor(
    (editor) => editor.check.result?.problems.filter((one) => one.severity === "error").length ?? 0,
  );
  const broken = useEditor((editor) => hasErrors(editor.check.result));
  const project = useQuery(projectQuery(projectId)).data;
  const imported = project?.weights ?? null;
  const recommended = project?.run_settings ?? null;
  const [config, setConfig] = useRunConfig();
  const [more, setMore] = useState(false);
  const [wrong, setWrong] = useState(false);
  const [begins, setBegins] = useState(true);
  const graph = useEditor((editor) => editor.history.present);
  const check = useEditor((editor) => editor.check.result);
  const schema = useQuery(settingsQuery()).data;
  const used = schema ? usable(schema, config) : config;
  const change = (part: Partial<RunConfig>) => setConfig((old) => ({ ...old, ...part }));
  const optimizer = optimizers.find((form) => form.type === config.optimizer.type);
  const rate = rateOf(config.optimizer, optimizer);

  const start = useMutation({
    mutationFn: async () => {
      await autosave.flush();
      return createRun({
        project: projectId,
        dataset_version: version ?? undefined,
        config: schema ? onlyChanged(schema, used) : config,
        weights: begins ? imported : null,
      });
    },
    onSuccess: (run) => {
      rememberConfig(projectId, config);
      useView.getState().set({ train: false });
      void queries.invalidateQueries({ queryKey: ["runs"] });
      void navigate({ to: "/p/$projectId/runs/$runId", params: { projectId, runId: run.id } });
    },
  });

  const blocked = broken || !version;
  return (
    <form
      className="train-form"
      data-testid="train-form"
      onSubmit={(event) => {
        event.preventDefault();
        const wrong = focusWrong(event.currentTarget);
        setWrong(wrong !== null);
        if (wrong?.closest(".train-more")) setMore(true);
        if (!wrong && !blocked && !start.isPending) start.mutate();
      }}
    >
      <Row label={t("train.data")}>
        <span className="field ro">{dataset ?? t("train.noData")}</span>
      </Row>
      {recommended && <Recommended config={config} settings={recommended} onTake={change} />}
      {imported && (
        <Row label={t("train.imported")} hint={t("train.importedHint")}>
          <input
            type="checkbox"
            checked={begins}
            aria-label={t("train.imported")}
            onChange={(event) => setBegins(event.target.checked)}
            data-testid="train-imported"
          />
        </Row>
      )}
      <Row label={t("train.epochs")} name="epochs" hint={t("train.epochsHint")}>
        <Whole
          value={config.epochs}
          onValue={(epochs) => change({ epochs })}
          testId="train-epochs"
          label={t("train.epochs")}
        />
      </Row>
      <Row label={t("train.batchSize")} name="batch_size" hint={t("train.batchHint")}>
        <BatchSize value={config.batch_size} onValue={(batch_size) => change({ batch_size })} />
      </Row>
      <MemoryRow />
      <Row label={t("train.optimizer")} name="optimizer" hint={optimizer?.summary}>
        <Choice
          forms={optimizers}
          value={config.optimizer.type}
          onForm={(form) => form && setConfig(withOptimizer(config, form))}
          label={t("train.optimizer")}
          testId="train-optimizer"
        />
      </Row>
      <Row label={t("train.rate")} name="lr" hint={t("train.rateHint")}>
        <DraftInput
          label={t("train.rate")}
          value={rate === undefined ? "" : formatRate(rate)}
          read={(text) => (Number(text) > 0 ? Number(text) : undefined)}
          onValue={(lr) => change({ optimizer: setParamOf(config.optimizer, "lr", lr) })}
          expected="> 0"
          testId="train-rate"
        />
      </Row>
      <button
        type="button"
        className="fold-button"
        aria-expanded={more}
        onClick={() => setMore(!more)}
        data-testid="train-more"
      >
        <Icon name={more ? "down" : "right"} size={14} />
        {t("train.more")}
      </button>
      <div className="train-more" hidden={!more}>
        <Row label={t("train.seed")} name="seed" hint={t("train.seedHint")}>
          <Whole
            value={config.seed}
            onValue={(seed) => change({ seed })}
            least={0}
            testId="train-seed"
            label={t("train.seed")}
          />
        </Row>
        <LossWeights weights={config.loss_weights} onWeights={(loss_weights) => change({ loss_weights })} />
        <SettingFolds
          values={used}
          onValues={setConfig}
          factsOf={(losses) => graphFacts(graph.nodes, check, losses)}
          error={start.error}
          more={{
            optimizer: {
              fields: (
                <OptimizerFields
                  form={optimizer}
                  schedules={schedules}
                  config={config}
                  rate={rate}
                  onConfig={(next) => setConfig({ ...config, ...next })}
                />
              ),
              numChanged: numOwnParams(config.optimizer, optimizer),
              onReset: withPlainOptimizer,
            },
          }}
        />
      </div>
      {broken && (
        <p className="sm bad" role="alert">
          {t("train.broken", { count: numErrors })}{" "}
          <button
            type="button"
            className="link"
            onClick={() => useView.getState().set({ train: false, drawer: "problems" })}
          >
            {t("train.showProblems")}
          </button>
        </p>
      )}
      {!version && <p className="sm warnc">{t(preparing ? "train.preparing" : "train.needsData")}</p>}
      {wrong && (
        <p className="sm bad" role="alert" data-testid="train-wrong">
          {t("settings:wrong")}
        </p>
      )}
      {start.error && <Refusal error={start.error} />}
      <Button
        type="submit"
        variant="primary"
        icon="play"
        disabled={blocked || start.isPending}
        data-testid="train-start"
      >
        {start.isPending ? t("train.starting") : t("train.start")}
      </Button>
    </form>
  );
}

function Refusal({ error }: { error: Error }) {
  const details = error instanceof ApiError ? error.details : [];
  return (
    <div className="sm bad" role="alert" data-testid="train-error">
      <p>{error.message}</p>
      {details.map((detail) => (
        <p key={`${detail.path}${detail.code}`}>{detail.message}</p>
      ))}
    </div>
  );
}

/** Rows a step looks at, or "all". */
function BatchSize({ value, onValue }: { value: number | "all"; onValue: (value: number | "all") => void }) {
  const { t } = useTranslation("editor");
  const read = (text: string): number | "all" | undefined => {
    if (text.trim() === "all") return "all";
    const number = Number(text);
    return text.trim() !== "" && Number.isInteger(number) && number >= 1 ? number : undefined;
  };
  return (
    <DraftInput
      label={t("train.batchSize")}
      value={String(value)}
      read={read}
      onValue={onValue}
      step={1}
      expected={t("train.batchRule")}
      testId="train-batch-size"
    />
  );
}
