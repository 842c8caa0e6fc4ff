import { queryBuiltins } from "./jsonata-functions.ts";
import type { QueryNode } from "./jsonata-parse.ts";

const SINGLE = `lhs rhs expression condition then else body procedure pattern update delete group expr`.split(" ");
const MANY = ["steps", "expressions", "arguments", "predicate", "stages", "terms"];

/** The nodes directly below a node; not the parameters of a function. */
function partsOf(node: QueryNode): readonly QueryNode[] {
  const many = node.type === "lambda" ? [] : MANY;
  return [
    ...SINGLE.flatMap((field) => node.node(field) ?? []),
    ...many.flatMap((field) => node.nodes(field)),
    ...node.pairs("lhs").flat(),
  ];
}

/** A function, and not a mark of the parser for a tail call. */
function isFunction(node: QueryNode): boolean {
  return node.type === "lambda" && !node.isFlag("thunk");
}

/** Whether calls of values must tell their context: it may stand for an argument of a function that is a value. */
export function hasSignedValues(root: QueryNode): boolean {
  const open = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const value = node.type === "bind" ? node.node("rhs") : null;
    if (value?.type === "variable" && queryBuiltins.has(value.text("value") ?? "")) return true;
    if (node.node("signature")?.text("definition")?.includes("-") === true) return true;
    open.push(...partsOf(node));
  }
  return false;
}

/** The name that a statement of a block binds; null where it is no `:=`. */
export function boundName(statement: QueryNode): string | null {
  const isPlain = statement.type === "bind" && !statement.has("predicate") && !statement.has("group");
  return isPlain ? (statement.node("lhs")?.text("value") ?? null) : null;
}

/**
 * The variables of a block that a constant cannot stand for: those that are bound within an expression, and those that a
 * function reads which is made before they are bound. One that only calls itself is not of these.
 */
export function cellNames(statements: readonly QueryNode[]): ReadonlySet<string> {
  const cells = new Set<string>();
  const readLater = new Set<string>();
  for (const statement of statements) {
    const name = boundName(statement);
    const value = name === null ? statement : statement.node("rhs");
    if (value === null) continue;
    for (const inner of boundWithin(value)) cells.add(inner);
    const reads = readInFunctions(value);
    if (name !== null && (readLater.has(name) || (!isFunction(value) && reads.has(name)))) cells.add(name);
    for (const read of reads) readLater.add(read);
  }
  return cells;
}

/** What an expression binds outside of the blocks and functions in it. */
function boundWithin(value: QueryNode): readonly string[] {
  const names: string[] = [];
  const open = [value];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.type === "bind") names.push(node.node("lhs")?.text("value") ?? "");
    if (node.type !== "block" && !isFunction(node)) open.push(...partsOf(node));
  }
  return names;
}

/** The variables that functions in an expression read, but for their own parameters. */
function readInFunctions(value: QueryNode): ReadonlySet<string> {
  const names = new Set<string>();
  const open: { node: QueryNode; own: ReadonlySet<string> | null }[] = [{ node: value, own: null }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, own } = next;
    const name = node.text("value") ?? "";
    if (node.type === "variable" && own !== null && !own.has(name)) names.add(name);
    const parameters = isFunction(node) ? node.nodes("arguments").map((one) => one.text("value") ?? "") : null;
    const inner = parameters === null ? own : new Set([...(own ?? []), ...parameters]);
    open.push(...partsOf(node).map((part) => ({ node: part, own: inner })));
  }
  return names;
}

/** The calls that a function may end with. */
export function tailsOf(body: QueryNode | null): readonly QueryNode[] {
  if (body === null) return [];
  if (body.type === "lambda" && body.isFlag("thunk")) return [body.node("body") ?? body];
  if (body.type === "condition") return ["then", "else"].flatMap((field) => tailsOf(body.node(field)));
  return body.type === "block" ? tailsOf(body.nodes("expressions").at(-1) ?? null) : [];
}
