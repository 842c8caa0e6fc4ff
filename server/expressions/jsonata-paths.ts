import type { Expression } from "../ir/expression.ts";
import { translateGroup } from "./jsonata-operators.ts";
import type { QueryNode } from "./jsonata-parse.ts";
import { QueryProblem } from "./jsonata-problem.ts";
import { array, boundVariable, child, lambda, ofItem, type Place, type Translator } from "./jsonata-translator.ts";
import { translateTupleGroup, translateTuples } from "./jsonata-tuples.ts";
import { literal } from "./jsonpath-values.ts";

export function translatePath(t: Translator, node: QueryNode, place: Place): Expression {
  const steps = node.nodes("steps");
  const isKept = node.isFlag("keepSingletonArray") || node.isFlag("keepArray");
  const group = node.node("group");
  if (steps.some((step) => step.isFlag("tuple"))) {
    const tuples = translateTuples(t, steps, place);
    if (group !== null) return translateTupleGroup(t, tuples, group.pairs("lhs"), place);
    return t.fn(isKept ? "tupleItemsArray" : "tupleItems", [tuples.value]);
  }
  const found = translateSteps(t, steps, place, isKept);
  return group === null ? found : translateGroup(t, found, group.pairs("lhs"), place);
}

/** What steps lead to that bind nothing. */
function translateSteps(t: Translator, steps: readonly QueryNode[], place: Place, isKept: boolean): Expression {
  const { from, rest } = translateStart(t, steps, place);
  if (rest.length === 0 && !isKept) return from;
  const path = steps[0]?.isFlag("consarray") === true ? "queryArrayPath" : "queryPath";
  return t.fn(isKept ? "queryPathArray" : path, [from, ...rest]);
}

/** Where steps start, and the steps from there. */
export function translateStart(
  t: Translator,
  [first, ...others]: readonly QueryNode[],
  place: Place,
): { readonly from: Expression; readonly rest: readonly Expression[] } {
  if (first === undefined) return { from: t.nothing(), rest: [] };
  const { from, steps } = pathStart(t, first, others, place);
  return { from, rest: steps.map((step) => translateStep(t, step, place)) };
}

/** What a path starts from, and the steps from there. */
function pathStart(
  t: Translator,
  first: QueryNode,
  others: readonly QueryNode[],
  place: Place,
): { readonly from: Expression; readonly steps: readonly QueryNode[] } {
  const isBare = !first.has("predicate") && !first.has("stages") && !first.has("group");
  if (first.type === "variable" && first.value === "states" && isBare && !place.bound.has("states")) {
    const names: string[] = [];
    for (const step of others) {
      if (step.type !== "name" || step.has("stages")) break;
      names.push(String(step.value));
    }
    const states = t.scope.states(names, t.origin);
    if (states === null) throw new QueryProblem(first.position, "");
    return { from: t.known(states.value), steps: others.slice(states.rest) };
  }
  const isRelative = first.type !== "variable" && place.context !== null && !first.isFlag("consarray");
  if (isRelative) return { from: place.context ?? t.nothing(), steps: [first, ...others] };
  const value = withStages(t, t.translate(first, place), first, place);
  return { from: first.has("stages") ? t.fn("collapsed", [value]) : value, steps: others };
}

function translateStep(t: Translator, step: QueryNode, place: Place): Expression {
  if (step.type === "name" && !step.has("stages")) return t.text(String(step.value));
  if (step.type === "sort") return translateOrder(t, step, place);
  return ofItem(t, place, (inner) => {
    const value = t.translate(step, inner);
    return withStages(t, step.isFlag("consarray") ? t.fn("constructedArray", [value]) : value, step, inner);
  });
}

function withStages(t: Translator, value: Expression, step: QueryNode, place: Place): Expression {
  return step.nodes("stages").reduce((found, stage) => filter(t, found, child(stage, "expr"), place), value);
}

/** The items of a value where a test holds, or the one at a place. */
export function filter(t: Translator, value: Expression, test: QueryNode, place: Place): Expression {
  const index = literalPlace(test);
  if (index !== null) return t.fn("queryItem", [value, literal(index, t.origin)]);
  return t.fn("queryFilter", [value, ofItem(t, place, (inner) => t.translate(test, inner))]);
}

/** The place that a filter names; null where it is a test. */
export function literalPlace(test: QueryNode): number | null {
  return test.type === "number" && typeof test.value === "number" ? Math.floor(test.value) : null;
}

function translateOrder(t: Translator, step: QueryNode, place: Place): Expression {
  const terms = step.nodes("terms").map((term) => {
    const key = ofItem(t, place, (inner) => t.translate(child(term, "expression"), inner));
    return array(t, [key, literal(term.isFlag("descending"), t.origin)]);
  });
  const order = t.fn("queryOrder", terms);
  if (!step.has("stages")) return order;
  const { variable, read } = boundVariable(t, "items");
  return t.fn("queryOrderFiltered", [order, lambda(t, [variable], withStages(t, read, step, place))]);
}
