import type { Form, ParamForm, ScheduleForm } from "../../graph/catalogue";
import { sameJson } from "../../graph/document";
import type { OptimizerChoice, RunConfig, ScheduleChoice } from "../../runs/api";
import { isRecord } from "../../settings/schema";

/** What the form starts with: it suits small networks on small data. */
export const FIRST_CONFIG: RunConfig = {
  epochs: 5,
  batch_size: 32,
  optimizer: { type: "Adam", params: { lr: 0.001 } },
  schedule: null,
  seed: 0,
};

/** Some settings of a run, as a template has them. */
export type Settings = Partial<RunConfig>;

const FIRST_RATES: Record<string, number> = { SGD: 0.1, Adam: 0.001, AdamW: 0.001, RMSprop: 0.001 };

export function withOptimizer(config: RunConfig, form: Form): RunConfig {
  const rate = FIRST_RATES[form.type];
  return { ...config, optimizer: { type: form.type, params: rate === undefined ? {} : { lr: rate } } };
}

/** The learning rate in use: the one set, or the optimizer's own. */
export function rateOf(choice: OptimizerChoice, form: Form | undefined): number | undefined {
  const rate = choice.params.lr ?? form?.params.find((param) => param.name === "lr")?.default;
  return typeof rate === "number" ? rate : undefined;
}

/** The first values that a schedule needs and has no default for; rates follow from that of the optimizer. */
export function firstSchedule(form: ScheduleForm, epochs: number, rate: number): ScheduleChoice {
  const needed = form.params.filter((param) => param.required);
  const params = Object.fromEntries(needed.map((param) => [param.name, firstOf(param, epochs, rate)]));
  return form.every ? { type: form.type, params, every: form.every } : { type: form.type, params };
}

function firstOf(param: ParamForm, epochs: number, rate: number): unknown {
  if (param.name === "max_lr") return rate;
  if (param.name === "base_lr") return rate / 10;
  if (param.name === "T_0") return Math.max(1, Math.floor(epochs / 3));
  if (param.name === "T_max" || param.name === "total_iters" || param.name === "total_steps") return epochs;
  if (param.name === "step_size") return Math.max(1, Math.floor(epochs / 3));
  if (param.name === "milestones")
    return [Math.max(1, Math.floor(epochs / 2)), Math.max(2, Math.floor((epochs * 3) / 4))];
  if (param.name === "gamma") return 0.9;
  return param.schema.minimum ?? 1;
}

export function setParamOf<Choice extends OptimizerChoice>(choice: Choice, name: string, value: unknown): Choice {
  const { [name]: _, ...rest } = choice.params;
  return { ...choice, params: value === undefined ? rest : { ...choice.params, [name]: value } };
}

/** How many parameters of the optimizer are set besides its rate. */
export function numOwnParams({ params }: OptimizerChoice, form: Form | undefined): number {
  const defaults = new Map(form?.params.map((param) => [param.name, param.default]));
  return Object.entries(params).filter(([name, value]) => name !== "lr" && !sameJson(value, defaults.get(name))).length;
}

/** The settings with a constant rate and nothing of the optimizer set but that. */
export function withPlainOptimizer<Config extends Settings>(config: Config): Config {
  const { type, params } = config.optimizer ?? FIRST_CONFIG.optimizer;
  return { ...config, optimizer: { type, params: params.lr === undefined ? {} : { lr: params.lr } }, schedule: null };
}

const STORED = "layerloom.train.";

/** What the form opens with: the last run started here from this project, else what its template recommends. */
export function recallConfig(projectId: string, recommended: Settings | null): RunConfig {
  const first = { ...FIRST_CONFIG, ...recommended };
  try {
    return { ...first, ...sound(JSON.parse(localStorage.getItem(STORED + projectId) ?? "{}")) };
  } catch {
    return first;
  }
}

/** Of what the browser stored, maybe long ago: without what this form could not show. The schema looks at the rest. */
function sound(stored: unknown): Settings {
  if (!isRecord(stored)) return {};
  const fits: Record<string, (value: unknown) => boolean> = {
    epochs: Number.isInteger,
    batch_size: (value) => value === "all" || Number.isInteger(value),
    optimizer: isChoice,
    schedule: (value) => value === null || isChoice(value),
    seed: Number.isInteger,
    loss_weights: isRecord,
  };
  return Object.fromEntries(Object.entries(stored).filter(([name, value]) => fits[name]?.(value) ?? true));
}

function isChoice(value: unknown): boolean {
  return isRecord(value) && typeof value.type === "string" && isRecord(value.params);
}

/** The batch size that the form opens with; how many rows “all” are is not known before the data is there. */
export function firstBatchSize(projectId: string, recommended: Settings | null): number {
  const { batch_size } = recallConfig(projectId, recommended);
  return typeof batch_size === "number" ? batch_size : 32;
}

/** Whether a run would be as the template recommends; what it does not speak of may be as one likes. */
export function isAsRecommended(config: RunConfig, recommended: Settings): boolean {
  return Object.entries(recommended).every(([name, value]) => sameJson(config[name], value));
}

export function rememberConfig(projectId: string, config: RunConfig): void {
  localStorage.setItem(STORED + projectId, JSON.stringify(config));
}
