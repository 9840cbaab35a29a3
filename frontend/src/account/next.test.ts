import { expect, test } from "vitest";
import { pageAfterSignIn } from "./next";

test("signing in leads to the page that was wanted", () => {
  expect(pageAfterSignIn("/p/1/runs?sort=loss")).toBe("/p/1/runs?sort=loss");
  expect(pageAfterSignIn(null)).toBe("/");
});

test("signing in never leads to another site", () => {
  for (const elsewhere of ["https://example.com/x", "//example.com/x", "/\\example.com", "javascript:alert(1)"]) {
    expect(pageAfterSignIn(elsewhere)).toBe("/");
  }
});
