import { expect, test } from "vitest";

type Texts = { [key: string]: string | Texts };

const files = import.meta.glob<{ default: Texts }>("./*/*.json", { eager: true });
const areas = [...new Set(Object.keys(files).map((path) => path.split("/")[2]!))];

/** Keys in dots; the plural forms of a text are one key, since languages have different ones. */
function keysOf(texts: Texts, path = ""): string[] {
  return Object.entries(texts).flatMap(([key, value]) => {
    const own = path + key.replace(/_(zero|one|two|few|many|other)$/, "");
    return typeof value === "string" ? [own] : keysOf(value, `${own}.`);
  });
}

test.each(areas)("%s says everything in both languages", (area) => {
  const [english, chinese] = ["en", "zh"].map(
    (language) => new Set(keysOf(files[`./${language}/${area}`]?.default ?? {})),
  );
  expect([...chinese!].sort()).toEqual([...english!].sort());
});

test.each(areas)("%s takes the same values in both languages", (area) => {
  const holes = (language: string) => {
    const texts = files[`./${language}/${area}`]!.default;
    const flat = (part: Texts, path = ""): [string, string][] =>
      Object.entries(part).flatMap(([key, value]) =>
        typeof value === "string" ? [[path + key, value] as [string, string]] : flat(value, `${path}${key}.`),
      );
    return new Map(
      flat(texts).map(([key, text]) => [key, [...text.matchAll(/\{\{(\w+)/g)].map((hole) => hole[1]).sort()]),
    );
  };
  const english = holes("en");
  for (const [key, found] of holes("zh")) expect([key, found]).toEqual([key, english.get(key)]);
});
