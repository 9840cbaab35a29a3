import { Popover } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFreeze, useVersions } from "../editor/history/api";
import { numOwnParams, withPlainOptimizer } from "../editor/train/config";
import { OptimizerFields } from "../editor/train/OptimizerFields";
import { graphFacts } from "../settings/graphFacts";
import { focusWrong, SettingFolds } from "../settings/SettingFolds";
import { changesFrom, settingsQuery } from "../settings/schema";
import { Button } from "../ui/Button";
import { formatRate } from "../ui/numbers";
import { Problem } from "../ui/Problem";
import { Segmented } from "../ui/Segmented";
import { SelectField } from "../ui/SelectField";
import { TextField } from "../ui/TextField";
import { type Checkpoint, type RunConfig, type RunDetail, runCheckQuery, useForkRun, useParts } from "./api";

/** What stands for the graph as it is in the editor, which becomes a version when the run starts. */
const DRAFT = "draft";

/** Opens the form that continues the run from one of its checkpoints. */
export function ContinueButton({ run }: { run: RunDetail }) {
  const { t } = useTranslation("runs");
  const [open, setOpen] = useState(false);
  const isOver = run.status !== "running" && run.status !== "queued";
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" width={352} trapFocus withinPortal>
      <Popover.Target>
        <Button icon="fork" aria-expanded={open} onClick={() => setOpen(!open)} data-testid="run-continue">
          {isOver ? t("continue.action") : t("continue.fork")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <ContinueForm run={run} />
      </Popover.Dropdown>
    </Popover>
  );
}

function ContinueForm({ run }: { run: RunDetail }) {
  const { t } = useTranslation(["runs", "settings"]);
  const navigate = useNavigate();
  const { optimizers, schedules } = useParts();
  const schema = useQuery(settingsQuery()).data;
  const check = useQuery(runCheckQuery(run)).data ?? null;
  const fork = useForkRun(run.id);
  const versions = useVersions(run.project.id).data?.pages.flatMap((page) => page.results) ?? [];
  const freeze = useFreeze(run.project.id, async () => undefined);
  const [graph, setGraph] = useState(run.graph_version.id);
  const [checkpoint, setCheckpoint] = useState(preferred(run.checkpoints)?.id ?? "");
  const [config, setConfig] = useState(run.config);
  const [epochs, setEpochs] = useState(String(run.num_epochs));
  const [batchSize, setBatchSize] = useState(String(run.batch_size));
  const [rate, setRate] = useState(run.learning_rate === null ? "" : formatRate(run.learning_rate));
  const [carry, setCarry] = useState<"weights" | "all">("weights");
  const [wrong, setWrong] = useState(false);
  const optimizer = config.optimizer.type;
  const form = optimizers.find((one) => one.type === optimizer);
  const names = optimizers.length > 0 ? optimizers.map((entry) => entry.type) : [run.optimizer];
  const isSameGraph = graph === run.graph_version.id;
  const carriesAll = carry === "all" && optimizer === run.optimizer && isSameGraph;

  const graphs = [
    { value: run.graph_version.id, label: t("continue.trained", { number: run.graph_version.number }) },
    { value: DRAFT, label: t("continue.draft") },
    ...versions
      .filter((version) => version.id !== run.graph_version.id)
      .map((version) => ({ value: version.id, label: t("continue.version", { number: version.number }) })),
  ];

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const isWrong = focusWrong(event.currentTarget) !== null;
    setWrong(isWrong);
    if (isWrong || !schema) return;
    const settings: RunConfig = {
      ...config,
      epochs: Number(epochs),
      batch_size: batchSize === "all" ? "all" : Number(batchSize),
      optimizer: { type: optimizer, params: { ...config.optimizer.params, lr: Number(rate) } },
    };
    const version =
      graph === DRAFT
        ? await freeze.mutateAsync().then(
            (made) => made.id,
            () => null,
          )
        : graph;
    if (version === null) return; // what is wrong stands in the form
    fork.mutate(
      {
        checkpoint,
        graph_version: version,
        config: changesFrom(schema, run.config, settings),
        carry: carriesAll ? "all" : "weights",
      },
      {
        onSuccess: (child) =>
          void navigate({
            to: "/p/$projectId/runs/$runId",
            params: { projectId: child.project.id, runId: child.id },
          }),
      },
    );
  };
  return (
    <form
      className="form continue-form"
      onSubmit={submit}
      data-testid="continue-form"
      aria-label={t("continue.action")}
    >
      <p className="sm t2">{t("continue.about")}</p>
      <SelectField
        label={t("continue.from")}
        value={checkpoint}
        options={run.checkpoints.map((option) => ({ value: option.id, label: nameOf(option) }))}
        onChange={setCheckpoint}
        data-autofocus
      />
      <SelectField label={t("continue.graph")} name="graph" value={graph} options={graphs} onChange={setGraph} />
      {!isSameGraph && <p className="sm t2">{t("continue.graphAbout")}</p>}
      <div className="form-pair">
        <SelectField
          label={t("settings.optimizer")}
          name="optimizer"
          value={optimizer}
          options={names.map((name) => ({ value: name, label: name }))}
          onChange={(type) =>
            setConfig({ ...config, optimizer: type === run.optimizer ? run.config.optimizer : { type, params: {} } })
          }
        />
        <TextField
          label={t("continue.rate")}
          name="rate"
          inputMode="decimal"
          required
          value={rate}
          onChange={(event) => setRate(event.target.value)}
        />
        <TextField
          label={t("continue.epochs")}
          name="epochs"
          type="number"
          min={1}
          required
          value={epochs}
          onChange={(event) => setEpochs(event.target.value)}
        />
        <TextField
          label={t("settings.batch")}
          name="batch"
          required
          pattern="[0-9]+|all"
          value={batchSize}
          onChange={(event) => setBatchSize(event.target.value)}
        />
      </div>
      {optimizer === run.optimizer && isSameGraph && (
        <div className="text-field">
          <span className="sm med">{t("continue.carry")}</span>
          <Segmented
            label={t("continue.carry")}
            value={carry}
            segments={[
              { value: "weights", label: t("continue.weights") },
              { value: "all", label: t("continue.all") },
            ]}
            onChange={setCarry}
          />
        </div>
      )}
      <SettingFolds
        values={config}
        onValues={setConfig}
        factsOf={(losses) => graphFacts(run.graph.nodes, check, losses)}
        error={fork.error}
        more={{
          optimizer: {
            fields: (
              <OptimizerFields
                form={form}
                schedules={schedules}
                config={config}
                rate={Number(rate) || undefined}
                onConfig={(part) => setConfig({ ...config, ...part })}
              />
            ),
            numChanged: numOwnParams(config.optimizer, form),
            onReset: withPlainOptimizer,
          },
        }}
      />
      {wrong && (
        <p className="sm bad" role="alert">
          {t("settings:wrong")}
        </p>
      )}
      <Problem error={freeze.error ?? fork.error} />
      <Button
        type="submit"
        variant="primary"
        icon="play"
        disabled={freeze.isPending || fork.isPending}
        data-testid="continue-start"
      >
        {t("continue.start")}
      </Button>
    </form>
  );

  function nameOf(option: Checkpoint): string {
    const kinds = option.kinds.map((kind) => t(`checkpoints.${kind}`)).join(", ");
    return t("continue.checkpoint", { epoch: option.epoch, step: option.step, kinds });
  }
}

/** The best checkpoint, else the last. */
function preferred(checkpoints: Checkpoint[]): Checkpoint | undefined {
  return checkpoints.find((checkpoint) => checkpoint.kinds.includes("best")) ?? checkpoints[0];
}
