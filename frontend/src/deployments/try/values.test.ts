import { expect, test } from "vitest";
import { isGenerating, readValue } from "./values";

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

test("a text goes as it was typed, with its line breaks and spaces", () => {
  const schema = { type: ["string", "null"], contentMediaType: "text/plain" };
  expect(readValue(" Good.\n\nVery good. ", schema)).toBe(" Good.\n\nVery good. ");
  expect(readValue("12", schema)).toBe("12");
  expect(readValue(" \n", schema)).toBeNull();
});

test("what has a default is not sent where nothing is typed", () => {
  expect(readValue("", { type: "integer", default: 50 })).toBeUndefined();
});

test("a prompt with settings generates, a column that happens to be called so does not", () => {
  const prompt = { type: "string", contentMediaType: "text/plain" };
  expect(isGenerating({ prompt, max_tokens: { type: "integer", default: 50 } })).toBe(true);
  expect(isGenerating({ prompt, max_tokens: { type: ["number", "null"] } })).toBe(false);
});
