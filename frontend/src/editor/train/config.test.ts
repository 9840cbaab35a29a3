import { beforeEach, expect, test } from "vitest";
import type { ParamForm, ScheduleForm } from "../../graph/catalogue";
import {
  FIRST_CONFIG,
  firstBatchSize,
  firstSchedule,
  isAsRecommended,
  rateOf,
  recallConfig,
  rememberConfig,
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
