import { expect, test } from "vitest";
import { readValue } from "./values";

test("an empty field is a missing value", () => {
  expect(readValue(" ", { type: ["number", "null"] })).toBeNull();
});

test("a number column gets numbers, and what is no number goes as it is for the server to refuse", () => {
  expect(readValue("5.1", { type: "number" })).toBe(5.1);
  expect(readValue("tall", { type: "number" })).toBe("tall");
});

test("a known category keeps its own type", () => {
  const schema = { type: ["string", "integer", "null"], examples: [3, "gold"] };
  expect(readValue("3", schema)).toBe(3);
  expect(readValue("gold", schema)).toBe("gold");
  expect(readValue("7", schema)).toBe("7");
});
