import { beforeEach, expect, test } from "vitest";
import type { ParamForm, ScheduleForm } from "../../graph/catalogue";
import {
  FIRST_CONFIG,
  firstBatchSize,
  firstSchedule,
  isAsRecommended,
  numOwnParams,
  rateOf,
  recallConfig,
  rememberConfig,
  withPlainOptimizer,
} from "./config";

beforeEach(() => localStorage.clear());

function param(name: string, more: Partial<ParamForm> = {}): ParamForm {
  return { name, label: name, summary: "", schema: {}, required: false, important: false, inferred: false, ...more };
}

function schedule(type: string, every: ScheduleForm["every"], ...params: ParamForm[]): ScheduleForm {
  return { type, label: type, summary: "", formula: "", every, params };
}

test("a schedule starts with rates from the optimizer's and is stepped as it must be", () => {
  const rates = [param("base_lr", { required: true }), param("max_lr", { required: true }), param("gamma")];
  expect(firstSchedule(schedule("CyclicLR", "step", ...rates), 9, 0.1)).toEqual({
    type: "CyclicLR",
    params: { base_lr: 0.1 / 10, max_lr: 0.1 },
    every: "step",
  });
  const restarts = schedule("CosineAnnealingWarmRestarts", null, param("T_0", { required: true }));
  expect(firstSchedule(restarts, 9, 0.1)).toEqual({ type: restarts.type, params: { T_0: 3 } });
});

test("the rate is the one set, or the optimizer's own", () => {
  const form = { type: "Adadelta", label: "", summary: "", params: [param("lr", { default: 1 })] };
  expect(rateOf({ type: "Adadelta", params: {} }, form)).toBe(1);
  expect(rateOf({ type: "Adadelta", params: { lr: 0.5 } }, form)).toBe(0.5);
});

const OF_IRIS = { epochs: 60, batch_size: 16, optimizer: { type: "Adam", params: { lr: 0.01 } } };

test("a project of a template opens with its settings until a run was started with others", () => {
  expect(recallConfig("p", null)).toEqual(FIRST_CONFIG);
  expect(recallConfig("p", OF_IRIS)).toEqual({ ...FIRST_CONFIG, ...OF_IRIS });
  expect(firstBatchSize("p", OF_IRIS)).toBe(16);
  rememberConfig("p", { ...FIRST_CONFIG, epochs: 2, batch_size: "all" });
  expect(recallConfig("p", OF_IRIS)).toEqual({ ...FIRST_CONFIG, epochs: 2, batch_size: "all" });
  expect(recallConfig("q", OF_IRIS).epochs).toBe(60);
});

test("settings are as recommended whatever those are that the template does not speak of", () => {
  const config = { ...FIRST_CONFIG, ...OF_IRIS, seed: 7 };
  expect(isAsRecommended(config, OF_IRIS)).toBe(true);
  expect(isAsRecommended({ ...config, optimizer: { type: "Adam", params: { lr: 0.1 } } }, OF_IRIS)).toBe(false);
});

test("what a browser stored that no form can show is left out", () => {
  const stored = { epochs: "9", optimizer: "Adam", schedule: [], batch_size: 8, gradients: { accumulate: 2 } };
  localStorage.setItem("layerloom.train.p", JSON.stringify(stored));
  expect(recallConfig("p", null)).toEqual({ ...FIRST_CONFIG, batch_size: 8, gradients: { accumulate: 2 } });
  localStorage.setItem("layerloom.train.p", "[1]");
  expect(recallConfig("p", null)).toEqual(FIRST_CONFIG);
});

test("parameters of the optimizer other than its rate count as changed where they are no defaults", () => {
  const form = { type: "Adam", label: "", summary: "", params: [param("lr"), param("amsgrad", { default: false })] };
  const choice = (params: object) => ({ type: "Adam", params: { lr: 1, ...params } });
  expect([{}, { amsgrad: false }, { amsgrad: true }].map((own) => numOwnParams(choice(own), form))).toEqual([0, 0, 1]);
  const set = { ...FIRST_CONFIG, optimizer: choice({ amsgrad: true }), schedule: { type: "StepLR", params: {} } };
  expect(withPlainOptimizer(set)).toEqual({ ...FIRST_CONFIG, optimizer: choice({}), schedule: null });
});
