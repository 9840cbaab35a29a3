import type { Form, ParamForm } from "../../graph/catalogue";
import type { OptimizerChoice, RunConfig } from "../../runs/api";

/** What the form starts with: it suits small networks on small data. */
export const FIRST_CONFIG: RunConfig = {
  epochs: 5,
  batch_size: 32,
  optimizer: { type: "Adam", params: { lr: 0.001 } },
  schedule: null,
  seed: 0,
};

const FIRST_RATES: Record<string, number> = { SGD: 0.1, Adam: 0.001, AdamW: 0.001, RMSprop: 0.001 };

export function withOptimizer(config: RunConfig, form: Form): RunConfig {
  const rate = FIRST_RATES[form.type];
  return { ...config, optimizer: { type: form.type, params: rate === undefined ? {} : { lr: rate } } };
}

/** The first values that a schedule needs and has no default for. */
export function firstSchedule(form: Form, epochs: number): OptimizerChoice {
  const needed = form.params.filter((param) => param.required);
  return { type: form.type, params: Object.fromEntries(needed.map((param) => [param.name, firstOf(param, epochs)])) };
}

function firstOf(param: ParamForm, epochs: number): unknown {
  if (param.name === "T_max" || param.name === "total_iters" || param.name === "total_steps") return epochs;
  if (param.name === "step_size") return Math.max(1, Math.floor(epochs / 3));
  if (param.name === "milestones")
    return [Math.max(1, Math.floor(epochs / 2)), Math.max(2, Math.floor((epochs * 3) / 4))];
  if (param.name === "gamma") return 0.9;
  return param.schema.minimum ?? 1;
}

export function setParamOf(choice: OptimizerChoice, name: string, value: unknown): OptimizerChoice {
  const { [name]: _, ...rest } = choice.params;
  return { ...choice, params: value === undefined ? rest : { ...choice.params, [name]: value } };
}

const STORED = "layerloom.train.";

/** The settings of the last run that was started from this project on this browser. */
export function recallConfig(projectId: string): RunConfig {
  try {
    return { ...FIRST_CONFIG, ...JSON.parse(localStorage.getItem(STORED + projectId) ?? "{}") };
  } catch {
    return FIRST_CONFIG;
  }
}

export function rememberConfig(projectId: string, config: RunConfig): void {
  localStorage.setItem(STORED + projectId, JSON.stringify(config));
}
