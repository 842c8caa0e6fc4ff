import type { Expression } from "../ir/expression.ts";
import { unknown } from "../ir/types.ts";
import type { QueryNode } from "./jsonata-parse.ts";
import { literalPlace, translateStart } from "./jsonata-paths.ts";
import {
  array,
  boundVariable,
  child,
  lambda,
  type Place,
  type Translator,
  untranslated,
} from "./jsonata-translator.ts";
import { translateFrame } from "./jsonata-variables.ts";
import { literal } from "./jsonpath-values.ts";

/** The items of a path with what it binds by `@`, `#` and for `%`, and the names of that. */
export interface Tuples {
  readonly value: Expression;
  readonly names: readonly string[];
}

/** What steps lead to of which some bind. */
export function translateTuples(t: Translator, steps: readonly QueryNode[], place: Place): Tuples {
  const first = steps.findIndex((step) => step.isFlag("tuple"));
  const isSorted = steps[first]?.type === "sort";
  const binding = steps.slice(first);
  const plain = steps
    .slice(0, isSorted ? first + 1 : first)
    .map((step, index) => (index === first ? unstaged(step) : step));
  if (steps[0]?.isFlag("consarray") === true && first === 0)
    throw untranslated(steps[0], "a binding of an array that is the first step of a path");
  const start = translateStart(t, plain, place);
  const from = plain.length > 0 ? start.from : contextItems(t, steps[0], place);
  const made = [t.fn("startTuples", [from, ...start.rest])];
  const names: string[] = [];
  for (const [index, step] of binding.entries()) {
    if (index === 0 && isSorted) bindIndex(t, step.text("index"), made, names);
    else addStep(t, step, place, made, names);
    for (const stage of step.nodes("stages")) addStage(t, stage, place, made, names);
  }
  return { value: t.fn("queryTuples", made), names };
}

/** A step that orders, before what comes right after it. */
function unstaged(step: QueryNode): QueryNode {
  return {
    ...step,
    nodes: (field) => (field === "stages" ? [] : step.nodes(field)),
    has: (field) => field !== "stages" && step.has(field),
  };
}

/** A path that begins with a variable has all of the context as its one item. */
function contextItems(t: Translator, first: QueryNode | undefined, { context }: Place): Expression {
  return context !== null && first?.type !== "variable" ? context : array(t, [context ?? t.nothing()]);
}

/** A function of an item and of what is bound to it. */
function ofTuple(
  t: Translator,
  place: Place,
  names: readonly string[],
  body: (inner: Place) => Expression,
): Expression {
  const item = boundVariable(t, "item");
  const tuple = boundVariable(t, "tuple");
  const bound = new Map(place.bound);
  const cells = new Map(place.cells);
  for (const name of names) {
    bound.set(name, t.fn("boundIn", [tuple.read, t.text(name)]));
    cells.delete(name);
  }
  const inner = { ...place, context: item.read, bound, cells, isLooping: false };
  return lambda(t, [item.variable, tuple.variable], body(inner));
}

function addStep(t: Translator, step: QueryNode, place: Place, made: Expression[], names: string[]): void {
  if (step.type === "sort") {
    made.push(t.fn("tupleOrder", orderTerms(t, step, place, names)));
    return;
  }
  const inner = innerPath(step);
  if (inner !== null) {
    const own: string[] = [];
    const branch = ofTuple(t, place, names, (at) => {
      const tuples = translateBranch(t, step, at);
      own.push(...tuples.names);
      return tuples.value;
    });
    made.push(t.fn("tupleBranch", [branch]));
    names.push(...own);
    return;
  }
  const binds = [
    { key: "focus", name: step.text("focus") },
    { key: "index", name: step.text("index") },
    { key: "parent", name: step.node("ancestor")?.text("label") ?? null },
  ].flatMap(({ key, name }) => (name === null ? [] : [{ key, value: t.text(name), name }]));
  const body = ofTuple(t, place, names, (at) => t.translate(step, at));
  const object: Expression = { kind: "object", members: binds, type: unknown, origin: t.origin };
  made.push(t.fn("tupleStep", binds.length === 0 ? [body] : [body, object]));
  names.push(...binds.map(({ name }) => name));
}

/** The path at the end of a block that binds what is used outside of it. */
function innerPath(step: QueryNode): QueryNode | null {
  if (step.type !== "block" || !step.isFlag("tuple")) return null;
  const last = step.nodes("expressions").at(-1) ?? null;
  if (last?.type === "path") return last.isFlag("tuple") && !last.has("group") ? last : null;
  return last === null ? null : innerPath(last);
}

function translateBranch(t: Translator, block: QueryNode, place: Place): Tuples {
  let names: readonly string[] = [];
  const value = translateFrame(t, block.nodes("expressions"), place, (last, inner) => {
    const tuples =
      last.type === "block" ? translateBranch(t, last, inner) : translateTuples(t, last.nodes("steps"), inner);
    ({ names } = tuples);
    return tuples.value;
  });
  return { value, names };
}

function addStage(t: Translator, stage: QueryNode, place: Place, made: Expression[], names: string[]): void {
  if (stage.type === "index") {
    bindIndex(t, stage.text("value"), made, names);
    return;
  }
  const test = child(stage, "expr");
  const index = literalPlace(test);
  made.push(
    index === null
      ? t.fn("tupleFilter", [ofTuple(t, place, names, (at) => t.translate(test, at))])
      : t.fn("tupleItem", [literal(index, t.origin)]),
  );
}

function bindIndex(t: Translator, name: string | null, made: Expression[], names: string[]): void {
  if (name === null) return;
  made.push(t.fn("tupleIndex", [t.text(name)]));
  names.push(name);
}

function orderTerms(t: Translator, step: QueryNode, place: Place, names: readonly string[]): readonly Expression[] {
  return step.nodes("terms").map((term) => {
    const key = ofTuple(t, place, names, (at) => t.translate(child(term, "expression"), at));
    return array(t, [key, literal(term.isFlag("descending"), t.origin)]);
  });
}

export function translateTupleGroup(
  t: Translator,
  { value, names }: Tuples,
  pairs: readonly (readonly [QueryNode, QueryNode])[],
  place: Place,
): Expression {
  const groups = pairs.map((pair) =>
    array(
      t,
      pair.map((part) => ofTuple(t, place, names, (at) => t.translate(part, at))),
    ),
  );
  return t.fn("tupleGroup", [value, ...groups], { kind: "object", members: new Map(), additional: unknown });
}
