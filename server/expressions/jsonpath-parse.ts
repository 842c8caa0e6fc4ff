/**
 * The JSONPath that AWS accepts: Jayway's dialect, wider than RFC 9535 in places (`$.[0]`, unquoted words in filters)
 * and without functions.
 */
export interface Path {
  /** `$$` is the context object; `@` is the value that a filter tests. */
  readonly root: "$" | "$$" | "@" | "variable";
  /** The name of the variable that it starts from; else "". */
  readonly variable: string;
  readonly steps: readonly PathStep[];
  readonly start: number;
  readonly end: number;
}

export type PathStep = { readonly start: number; readonly end: number } & (
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "names"; readonly names: readonly string[] }
  | { readonly kind: "indexes"; readonly indexes: readonly number[] }
  | { readonly kind: "wildcard" }
  | { readonly kind: "slice"; readonly from: number; readonly to: number | null; readonly by: number }
  /** `..`: the step after it applies to the value and all that is in it. */
  | { readonly kind: "descend" }
  | { readonly kind: "filter"; readonly test: Test }
);

export type Test =
  | { readonly kind: "and" | "or"; readonly tests: readonly Test[] }
  | { readonly kind: "not"; readonly test: Test }
  | { readonly kind: "exists"; readonly path: Path }
  | { readonly kind: "compare"; readonly operator: Comparison; readonly left: Operand; readonly right: Operand };

export type Operand =
  | { readonly kind: "literal"; readonly value: null | boolean | number | string }
  | { readonly kind: "path"; readonly path: Path };

export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";

/** What is wrong in a text, and where. Thrown and caught within a parser's own doors. */
export class TextProblem extends Error {
  readonly at: number;
  /** What AWS knows and we do not yet; "" where the text is wrong. */
  readonly feature: string;
  constructor(at: number, problem: string, feature = "") {
    super(problem);
    this.at = at;
    this.feature = feature;
  }
}

/** Steps that are not a name or an index select more than one place; each costs a call in the generated code. */
const MAX_STEPS = 200;
const MAX_FILTER_DEPTH = 20;

/** Reads the path that starts at `start` as far as it goes. Throws TextProblem. */
export function readPath(text: string, start: number, depth = 0): Path {
  const variable = variableAt(text, start);
  const root = variable !== "" ? "variable" : text[start] === "@" ? "@" : text.startsWith("$$", start) ? "$$" : "$";
  if (root === "$" && text[start] !== "$") throw new TextProblem(start, "it must start with `$`");
  const steps: PathStep[] = [];
  let at = start + (root === "variable" ? variable.length + 1 : root.length);
  for (;;) {
    const step = readStep(text, at, depth);
    if (step === null) return { root, variable, steps, start, end: at };
    if (steps.length >= MAX_STEPS) throw new TextProblem(at, `it has more than ${MAX_STEPS} steps`);
    steps.push(step);
    at = step.end;
  }
}

/** The name after a `$` that starts a variable, or "". */
function variableAt(text: string, start: number): string {
  if (text[start] !== "$") return "";
  return /^[\p{ID_Start}_][\p{ID_Continue}]{0,79}/u.exec(text.slice(start + 1, start + 200))?.[0] ?? "";
}

function readStep(text: string, at: number, depth: number): PathStep | null {
  if (text[at] === "[") return readBracket(text, at, depth);
  if (text[at] !== ".") return null;
  if (text[at + 1] === ".") {
    // The second dot stays, unless a bracket follows, so that the next step is read as usual.
    return { kind: "descend", start: at, end: text[at + 2] === "[" ? at + 2 : at + 1 };
  }
  if (text[at + 1] === "[") return readBracket(text, at + 1, depth);
  if (text[at + 1] === "*") return { kind: "wildcard", start: at, end: at + 2 };
  const end = endOfName(text, at + 1, depth > 0);
  if (end === at + 1) throw new TextProblem(at, "a name must follow the dot");
  if (text[end] === "(") throw new TextProblem(end, "functions are not part of this dialect");
  return { kind: "name", name: text.slice(at + 1, end), start: at, end };
}

function endOfName(text: string, start: number, inFilter: boolean): number {
  const stop = inFilter ? " \t\r\n.[](),'\"*=<>!&|?" : " \t\r\n.[](),'\"*?";
  const substitution = /\$\{[A-Za-z_][\w.:-]{0,127}\}/y;
  let at = start;
  while (at < text.length) {
    substitution.lastIndex = at;
    if (text[at] === "$" && substitution.test(text)) at = substitution.lastIndex;
    else if (stop.includes(text.charAt(at))) break;
    else at++;
  }
  return at;
}

function readBracket(text: string, open: number, depth: number): PathStep {
  const start = skipSpace(text, open + 1);
  const first = text[start];
  if (first === "(") return readFromEnd(text, open, start);
  if (first === "?") return readFilterStep(text, open, start, depth);
  if (first === "*") return { kind: "wildcard", start: open, end: close(text, start + 1) };
  if (first === "'" || first === '"') return readNames(text, open, start);
  return readNumbers(text, open, start);
}

/** `[(@.length-1)]`: the only computed index. */
function readFromEnd(text: string, open: number, start: number): PathStep {
  const index = /^\(\s*@\.length\s*-\s*(\d{1,9})\s*\)\s*\]/.exec(text.slice(start, start + 100));
  if (index === null) throw new TextProblem(start, "the only computed index is `(@.length-1)`, or another number");
  return { kind: "index", index: -Number(index[1]), start: open, end: start + index[0].length };
}

function readNames(text: string, open: number, start: number): PathStep {
  const names: string[] = [];
  let at = start;
  for (;;) {
    const quoted = readQuoted(text, at);
    names.push(quoted.value);
    if (names.length > MAX_STEPS) throw new TextProblem(at, `it has more than ${MAX_STEPS} names`);
    at = skipSpace(text, quoted.end);
    if (text[at] !== ",") break;
    at = skipSpace(text, at + 1);
  }
  const end = close(text, at);
  const [name] = names;
  return names.length === 1 && name !== undefined
    ? { kind: "name", name, start: open, end }
    : { kind: "names", names, start: open, end };
}

function readNumbers(text: string, open: number, start: number): PathStep {
  const end = text.indexOf("]", start);
  const inside = text.slice(start, end < 0 ? start : Math.min(end, start + 1000)).trim();
  if (/^-?\d{1,9}$/.test(inside)) return { kind: "index", index: Number(inside), start: open, end: end + 1 };
  if (/^-?\d{1,9}(?:\s*,\s*-?\d{1,9})+$/.test(inside)) {
    return { kind: "indexes", indexes: inside.split(",").map(Number), start: open, end: end + 1 };
  }
  const slice = /^(-?\d{1,9})?\s*:\s*(-?\d{1,9})?(?:\s*:\s*(\d{1,9})?)?$/.exec(inside);
  if (slice === null)
    throw new TextProblem(start, "an index, a quoted name, `*`, a slice or a filter must stand in the brackets");
  const by = Number(slice[3] ?? 1);
  if (by === 0) throw new TextProblem(start, "the step of a slice must not be 0");
  return {
    kind: "slice",
    from: Number(slice[1] ?? 0),
    to: slice[2] === undefined ? null : Number(slice[2]),
    by,
    start: open,
    end: end + 1,
  };
}

function readFilterStep(text: string, open: number, question: number, depth: number): PathStep {
  if (depth >= MAX_FILTER_DEPTH)
    throw new TextProblem(question, `filters are nested more than ${MAX_FILTER_DEPTH} levels deep`);
  const start = skipSpace(text, question + 1);
  if (text[start] !== "(") throw new TextProblem(start, "a filter is written `[?(…)]`");
  const { value: test, end } = readAny(text, start + 1, depth + 1);
  return { kind: "filter", test, start: open, end: close(text, expect(text, end, ")")) };
}

interface Read<T> {
  readonly value: T;
  readonly end: number;
}

function readAny(text: string, start: number, depth: number): Read<Test> {
  return readJoined(text, start, "||", (at) => readJoined(text, at, "&&", (inner) => readTest(text, inner, depth)));
}

function readJoined(text: string, start: number, operator: "&&" | "||", read: (at: number) => Read<Test>): Read<Test> {
  const tests: Test[] = [];
  let at = start;
  for (;;) {
    const one = read(at);
    tests.push(one.value);
    at = skipSpace(text, one.end);
    if (!text.startsWith(operator, at)) break;
    if (tests.length >= MAX_STEPS) throw new TextProblem(at, `a filter has more than ${MAX_STEPS} parts`);
    at += 2;
  }
  const [only] = tests;
  if (tests.length === 1 && only !== undefined) return { value: only, end: at };
  return { value: { kind: operator === "&&" ? "and" : "or", tests }, end: at };
}

function readTest(text: string, start: number, depth: number): Read<Test> {
  const at = skipSpace(text, start);
  if (depth >= MAX_FILTER_DEPTH)
    throw new TextProblem(at, `the filter is nested more than ${MAX_FILTER_DEPTH} levels deep`);
  if (text[at] === "!" && text[at + 1] !== "=") {
    const inner = readTest(text, at + 1, depth + 1);
    return { value: { kind: "not", test: inner.value }, end: inner.end };
  }
  if (text[at] === "(") {
    const inner = readAny(text, at + 1, depth + 1);
    return { value: inner.value, end: expect(text, inner.end, ")") };
  }
  const left = readOperand(text, at, depth);
  const afterLeft = skipSpace(text, left.end);
  const operator = readComparison(text, afterLeft);
  if (operator === null) {
    if (left.value.kind === "path") return { value: { kind: "exists", path: left.value.path }, end: left.end };
    throw new TextProblem(afterLeft, "a comparison (`==`, `!=`, `<`, `<=`, `>`, `>=`) must follow");
  }
  const right = readOperand(text, skipSpace(text, afterLeft + operator.length), depth);
  return { value: { kind: "compare", operator, left: left.value, right: right.value }, end: right.end };
}

function readComparison(text: string, at: number): Comparison | null {
  const known: readonly Comparison[] = ["==", "!=", "<=", ">=", "<", ">"];
  return known.find((operator) => text.startsWith(operator, at)) ?? null;
}

function readOperand(text: string, at: number, depth: number): Read<Operand> {
  const first = text[at];
  if (first === "@" || first === "$") {
    const path = readPath(text, at, depth + 1);
    return { value: { kind: "path", path }, end: path.end };
  }
  if (first === "'" || first === '"') {
    const quoted = readQuoted(text, at);
    return { value: { kind: "literal", value: quoted.value }, end: quoted.end };
  }
  let end = at;
  while (end < text.length && /[\w.+-]/.test(text.charAt(end))) end++;
  if (end === at) throw new TextProblem(at, "a value or a path is needed here");
  return { value: { kind: "literal", value: literalOf(text.slice(at, end)) }, end };
}

/** A word that is no number and no keyword is text: AWS's own samples write `@.Name==Receipt`. */
function literalOf(word: string): null | boolean | number | string {
  if (word === "null") return null;
  if (word === "true" || word === "false") return word === "true";
  const value = Number(word);
  return Number.isFinite(value) && /\d/.test(word) ? value : word;
}

/** A string in single or double quotes, in which a backslash stands before a quote or a backslash. */
function readQuoted(text: string, start: number): Read<string> {
  const quote = text[start];
  if (quote !== "'" && quote !== '"') throw new TextProblem(start, "a quoted name is needed here");
  let value = "";
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === quote) return { value, end: at + 1 };
    if (text[at] === "\\" && at + 1 < text.length) at++;
    value += text[at];
  }
  throw new TextProblem(start, "the quote is not closed");
}

function close(text: string, start: number): number {
  return expect(text, start, "]");
}

function expect(text: string, start: number, token: string): number {
  const at = skipSpace(text, start);
  if (text[at] !== token) throw new TextProblem(at, `\`${token}\` is missing`);
  return at + 1;
}

export function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && " \t\r\n".includes(text.charAt(at))) at++;
  return at;
}
