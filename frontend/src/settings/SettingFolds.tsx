import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/client";
import { ParamField } from "../editor/inspector/ParamField";
import { ErrorState, Skeleton } from "../ui/States";
import { ClassWeights } from "./ClassWeights";
import { Fold } from "./Fold";
import { FOLDS, type FoldId } from "./folds";
import { GroupFields, SettingProblem } from "./GroupFields";
import type { GraphFacts } from "./graphFacts";
import { NodeFields } from "./NodeFields";
import {
  groupOf,
  numChanged,
  paramOf,
  type SettingsSchema,
  type SettingValues,
  settingsQuery,
  without,
} from "./schema";
import "../editor/styles/inspector.css";
import "./settings.css";

const NO_FACTS = new Map();
const BY_NODE = ["frozen", "rates"];

interface SettingFoldsProps<Values extends SettingValues> {
  values: Values;
  onValues: (values: Values) => void;
  /** What of the graph decides which settings are offered; the losses are those that take weights of classes. */
  factsOf: (losses: readonly string[]) => GraphFacts;
  error: unknown;
  /** What a fold shows besides the settings of the schema, and how many of these were changed. */
  more?: Partial<Record<FoldId, { fields: ReactNode; numChanged: number; onReset: (values: Values) => Values }>>;
}

/** The settings of a run that most leave alone, drawn from their JSON Schema under a few headings. */
export function SettingFolds<Values extends SettingValues>(props: SettingFoldsProps<Values>) {
  const { values, onValues, factsOf, error, more } = props;
  const { t } = useTranslation("settings");
  const read = useQuery(settingsQuery());
  if (read.error) {
    return <ErrorState error={read.error} title={t("loadFailed")} onRetry={() => void read.refetch()} />;
  }
  if (!read.data) return <Skeleton height={160} />;
  const schema = read.data;
  const facts = factsOf(schema.properties.class_weights?.["x-losses"] ?? []);
  const problems = problemsOf(error);
  return (
    <div className="setting-folds" data-testid="setting-folds">
      {FOLDS.map(({ id, names, isOffered }) => {
        const extra = more?.[id];
        const own = extra ? names.filter((name) => name !== "schedule") : names;
        const count = numChanged(schema, values, names) + (extra?.numChanged ?? 0);
        if (isOffered && !isOffered(facts) && count === 0) return null;
        return (
          <Fold
            key={id}
            id={id}
            numChanged={count}
            onReset={() => {
              const rest = without(values, names);
              onValues(extra ? extra.onReset(rest) : rest);
            }}
          >
            {extra?.fields}
            {own.map((name) => (
              <Setting
                key={name}
                schema={schema}
                name={name}
                alone={own.length === 1}
                facts={facts}
                values={values}
                onValues={(next) => onValues(next as Values)}
                problems={problems}
              />
            ))}
          </Fold>
        );
      })}
    </div>
  );
}

interface SettingProps {
  schema: SettingsSchema;
  name: string;
  /** Whether it is all that the fold holds. */
  alone: boolean;
  facts: GraphFacts;
  values: SettingValues;
  onValues: (values: SettingValues) => void;
  problems: Record<string, string>;
}

function Setting({ schema, name, alone, facts, values, onValues, problems }: SettingProps) {
  const shared = { schema, values, onValues };
  if (name === "class_weights") return <ClassWeights {...shared} outputs={facts.classes} />;
  // Both settings of nodes stand in one table.
  if (name === BY_NODE[0]) return <NodeFields {...shared} weighted={facts.weighted} />;
  if (BY_NODE.includes(name)) return null;
  const group = groupOf(schema, name);
  if (group) return <GroupFields {...shared} group={group} named={!alone} problems={problems} />;
  const own = schema.properties[name];
  if (!own) return null;
  return (
    <>
      <ParamField
        param={paramOf(name, own)}
        value={values[name]}
        facts={NO_FACTS}
        onChange={(value) => onValues(value === undefined ? without(values, [name]) : { ...values, [name]: value })}
        onDone={() => undefined}
        bad={name in problems}
        keepWrong
      />
      <SettingProblem message={problems[name]} />
    </>
  );
}

/** What the server refused, by the path of the setting: `gradients.clip_norm`. */
function problemsOf(error: unknown): Record<string, string> {
  const details = error instanceof ApiError ? error.details : [];
  return Object.fromEntries(details.map((detail) => [detail.path.replace(/^config\./, ""), detail.message]));
}

/** The first field of the form that holds what cannot be taken, opened and focused; null where there is none. */
export function focusWrong(form: HTMLElement): HTMLElement | null {
  const wrong = form.querySelector<HTMLElement>('[aria-invalid="true"]');
  const fold = wrong?.closest("details");
  if (fold) fold.open = true;
  wrong?.focus();
  return wrong;
}
