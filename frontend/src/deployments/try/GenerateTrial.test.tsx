import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import type { Answer, Instance } from "../api";
import { GenerateTrial } from "./GenerateTrial";

const COLUMNS = {
  prompt: { type: "string", contentMediaType: "text/plain", maxLength: 1000 },
  max_tokens: { type: "integer", minimum: 1, maximum: 500, default: 100 },
  temperature: { type: "number", minimum: 0, maximum: 2, default: 0.8 },
  seed: { type: ["integer", "null"] },
};

afterEach(cleanup);

function show(more: { answer?: Answer; asked?: Instance; pending?: boolean } = {}): Instance[] {
  const asked: Instance[] = [];
  render(
    <GenerateTrial
      columns={COLUMNS}
      pending={more.pending ?? false}
      asked={more.asked}
      answer={more.answer}
      onInstance={(instance) => asked.push(instance)}
    >
      {null}
    </GenerateTrial>,
  );
  return asked;
}

test("only what was set is sent beside the prompt", () => {
  const asked = show();
  const go = screen.getByTestId<HTMLButtonElement>("try-predict");
  expect(go.disabled).toBe(true);
  fireEvent.change(screen.getByRole("textbox", { name: /prompt/ }), { target: { value: "The tea\nis" } });
  fireEvent.click(go);
  fireEvent.change(screen.getByTestId("try-temperature"), { target: { value: "1.2" } });
  fireEvent.change(screen.getByTestId("try-seed"), { target: { value: "7" } });
  fireEvent.click(go);
  expect(asked).toEqual([{ prompt: "The tea\nis" }, { prompt: "The tea\nis", temperature: 1.2, seed: 7 }]);
  fireEvent.change(screen.getByTestId("try-seed"), { target: { value: "seven" } });
  expect(go.disabled).toBe(true);
});

test("what was written stands behind the prompt, with its line breaks and without becoming markup", () => {
  const text = " very good.\n\n<b>Great</b>";
  const answer = { predictions: [{ next: { text, num_tokens: 5, ended: true } }], latency_ms: 12, version: 1 };
  show({ asked: { prompt: "The tea is" }, answer: answer as unknown as Answer });
  const written = screen.getByTestId("generated");
  expect(written.textContent).toBe(`The tea is${text}`);
  expect(written.querySelector("mark")?.textContent).toBe(text);
});

test("while it writes it says so, and cannot be asked again", () => {
  show({ pending: true });
  expect(screen.getByRole("progressbar")).toBeTruthy();
  expect(screen.getByTestId<HTMLButtonElement>("try-predict").disabled).toBe(true);
});
