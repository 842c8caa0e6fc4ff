import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestCompiler, type TestCompiler } from "../modules/compiler.ts";
import { diagnose, expectFixesHold, isHealed, read } from "./healing.ts";

let compiler: TestCompiler;
beforeAll(() => {
  compiler = createTestCompiler();
});
afterAll(() => compiler.close());

const example = (path: string): unknown =>
  read(readFileSync(new URL(`../../docs/examples/${path}`, import.meta.url), "utf8"));

/** A word of a definition, and the definition with another in its place. */
interface Site {
  readonly word: string;
  write(word: string): unknown;
}

type Path = readonly (string | number)[];

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function changed(root: unknown, path: Path, change: (value: unknown) => unknown): unknown {
  const [key, ...more] = path;
  if (key === undefined) return change(root);
  if (Array.isArray(root)) return root.map((item, index) => (index === key ? changed(item, more, change) : item));
  if (!isObject(root)) throw new Error(`nothing stands at ${path.join("/")}`);
  return Object.fromEntries(
    Object.entries(root).map(([name, value]) => [name, name === key ? changed(value, more, change) : value]),
  );
}

function renamed(root: unknown, path: Path, from: string, to: string): unknown {
  return changed(root, path, (object) =>
    isObject(object)
      ? Object.fromEntries(Object.entries(object).map(([name, value]) => [name === from ? to : name, value]))
      : object,
  );
}

/** Words in texts that name something: each may stand anywhere in the text. */
function wordsIn(root: unknown, path: Path, text: string, pattern: RegExp): Site[] {
  return [...text.matchAll(pattern)].map(({ 0: word, index }) => ({
    word,
    write: (other) => changed(root, path, () => `${text.slice(0, index)}${other}${text.slice(index + word.length)}`),
  }));
}

/** Fields, ids, ports, types and names in expressions: words that mean nothing if they are misspelt. */
function sitesOf(root: unknown): readonly Site[] {
  const sites: Site[] = [];
  const visit = (value: unknown, path: Path): void => {
    const last = path.at(-1);
    if (Array.isArray(value)) for (const [index, item] of value.entries()) visit(item, [...path, index]);
    if (isObject(value)) {
      for (const [key, item] of Object.entries(value)) {
        if (isField(path)) sites.push({ word: key, write: (other) => renamed(root, path, key, other) });
        visit(item, [...path, key]);
      }
    }
    if (typeof value !== "string") return;
    if (last === "from" || last === "to" || last === "Next" || last === "StartAt")
      sites.push(...wordsIn(root, path, value, /[A-Za-z_][\w -]*/g));
    else if (last === "type" || last === "Type" || last === "join") sites.push(...wordsIn(root, path, value, /^.*$/g));
    else if (value.startsWith("${")) sites.push(...wordsIn(root, path, value, /(?<!['\w])[a-z]\w*(?![\w'(])/g));
  };
  visit(root, []);
  return sites.filter(({ word }) => word.length > 3);
}

/** Objects whose keys are fields of the format, rather than names that the author chose. */
function isField(path: Path): boolean {
  const [parent, own] = [path.at(-2), path.at(-1)];
  return path.length < 2 || own === "retry" || parent === "nodes" || parent === "connections" || parent === "States";
}

/** The slips of typing: two letters the wrong way round, one too few, one too many, a wrong one, and the wrong case. */
const slips: readonly ((word: string, at: number) => string)[] = [
  (word, at) => word.slice(0, at) + (word[at + 1] ?? "") + (word[at] ?? "") + word.slice(at + 2),
  (word, at) => word.slice(0, at) + word.slice(at + 1),
  (word, at) => word.slice(0, at) + (word[at] ?? "") + word.slice(at),
  (word, at) => `${word.slice(0, at)}x${word.slice(at + 1)}`,
  (word) => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase(),
];

const documents = ["order-fulfilment", "swift-payment", "payroll", "atm-withdrawal", "refund"]
  .map((name) => example(`${name}/workflow.yaml`))
  .concat(example("job-poller/definition.json"))
  .map((whole) => ({ whole, sites: sitesOf(whole) }));

const broken = fc
  .record({
    document: fc.constantFrom(...documents),
    site: fc.nat(10_000),
    slip: fc.constantFrom(...slips),
    at: fc.nat(100),
  })
  .map(({ document: { whole, sites }, site, slip, at }) => {
    const chosen = sites[site % sites.length];
    const word = chosen?.word ?? "";
    const wrong = slip(word, 1 + (at % Math.max(1, word.length - 2)));
    return { whole, word, wrong, text: chosen?.write(wrong) };
  })
  .filter(({ word, wrong }) => word !== wrong);

test("of words that are misspelt, nine in ten get a fix that gives exactly the word again, and fixes hold", {
  timeout: 120_000,
}, () => {
  let found = 0;
  const left: string[] = [];
  const wrongly: string[] = [];
  fc.assert(
    fc.property(broken, ({ whole, word, wrong, text }) => {
      const isWrong = diagnose(compiler, JSON.stringify(text)).some(({ severity }) => severity === "error");
      if (!isWrong) return;
      found++;
      if (!holds(JSON.stringify(text))) wrongly.push(`${word} as ${wrong}`);
      if (!isHealed(compiler, text, whole)) left.push(`${word} as ${wrong}`);
    }),
    { numRuns: 200 },
  );
  expect(found).toBeGreaterThan(150);
  expect(left.length / found, left.join(", ")).toBeLessThan(0.1);
  // A word may be as near to another one as to the one that was meant.
  expect(wrongly.length / found, wrongly.join(", ")).toBeLessThan(0.02);
});

function holds(text: string): boolean {
  try {
    expectFixesHold(compiler, text);
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === "AssertionError") return false;
    throw error;
  }
}
