import { fireEvent, render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { ParamForm } from "../../graph/catalogue";
import { ParamField } from "./ParamField";
import { highlight, statementOf } from "./python";
import { fieldShape, rangeText, readNumber, readNumbers, splitParams } from "./values";

const whole = { type: "integer", minimum: 1 };
const pair = { anyOf: [whole, { type: "array", items: whole, minItems: 2, maxItems: 2 }, { enum: ["same"] }] };

function param(name: string, schema: object, more: Partial<ParamForm> = {}): ParamForm {
  return { name, schema, label: name, summary: "", required: false, important: false, inferred: false, ...more };
}

test("a schema decides the field", () => {
  const kinds = [
    { type: "boolean" },
    { enum: ["zeros", "reflect"] },
    pair,
    { anyOf: [{ type: "number" }, { type: "null" }] },
    { type: "array", items: { type: "string" } },
  ].map((schema) => fieldShape(schema).kind);
  expect(kinds).toEqual(["switch", "choice", "tuple", "number", "names"]);
  expect(fieldShape(pair)).toMatchObject({ length: 2, scalar: true, integer: true, words: ["same"] });
});

test("only numbers in range are taken", () => {
  const shape = fieldShape(whole);
  expect(["3", "0", "2.5", "x", ""].map((text) => readNumber(text, shape))).toEqual([3, null, null, null, null]);
  expect(readNumbers("2, 3×4", fieldShape({ type: "array", items: whole }))).toEqual([2, 3, 4]);
  expect(rangeText({ minimum: 0, exclusiveMaximum: 1 })).toBe("0 – 1");
});

test("important and changed parameters are shown, the rest is folded, what follows from the input is neither", () => {
  const params = [
    param("a", whole, { important: true }),
    param("b", whole),
    param("c", whole),
    param("d", whole, { inferred: true }),
  ];
  const { shown, folded } = splitParams(params, { c: 2 });
  expect([shown, folded].map((list) => list.map((one) => one.name))).toEqual([["a", "c"], ["b"]]);
});

test("typing passes on what can be taken and keeps what cannot", () => {
  const taken: unknown[] = [];
  const change = (value: unknown) => taken.push(value);
  render(
    <ParamField
      param={param("out_features", whole)}
      value={8}
      facts={new Map()}
      onChange={change}
      onDone={() => undefined}
    />,
  );
  const field = screen.getByTestId<HTMLInputElement>("param-out_features");
  for (const text of ["-4", "128"]) fireEvent.change(field, { target: { value: text } });
  expect(taken).toEqual([128]);
  fireEvent.change(field, { target: { value: "oops" } });
  expect(field.value).toBe("oops");
  expect(field.getAttribute("aria-invalid")).toBe("true");
  fireEvent.blur(field);
  expect(field.value).toBe("8");
});

test("a tuple of equal numbers is one number", () => {
  const taken: unknown[] = [];
  const props = { param: param("kernel_size", pair), facts: new Map(), onDone: () => undefined };
  const { rerender } = render(<ParamField {...props} value={3} onChange={(value) => taken.push(value)} />);
  fireEvent.change(screen.getByTestId("param-kernel_size-1"), { target: { value: "5" } });
  rerender(<ParamField {...props} value={[3, 5]} onChange={(value) => taken.push(value)} />);
  fireEvent.change(screen.getByTestId("param-kernel_size"), { target: { value: "5" } });
  expect(taken).toEqual([[3, 5], 5]);
});

test("the statement of a node is found whole, and coloured", () => {
  const code =
    "class Network:\n    def __init__(self):\n        self.conv = nn.Conv2d(\n            1, 32\n        )  # [32]\n        self.act = nn.ReLU()\n";
  expect(statementOf(code, "conv")).toBe("self.conv = nn.Conv2d(\n    1, 32\n)");
  expect(statementOf(code, "missing")).toBeNull();
  expect(
    highlight("self.act = nn.ReLU()")
      .filter((piece) => piece.kind)
      .map((piece) => piece.text),
  ).toEqual(["self", "ReLU"]);
});
