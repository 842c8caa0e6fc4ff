import type { Expression } from "../ir/expression.ts";
import { boundName, cellNames } from "./jsonata-binding.ts";
import { translateBuiltinValue } from "./jsonata-builtins.ts";
import { translateNamedLambda } from "./jsonata-calls.ts";
import { queryBuiltins } from "./jsonata-functions.ts";
import type { QueryNode } from "./jsonata-parse.ts";
import { QueryProblem } from "./jsonata-problem.ts";
import { boundVariable, child, lambda, type Place, type Translator } from "./jsonata-translator.ts";

export function translateVariable(t: Translator, node: QueryNode, place: Place): Expression {
  const name = String(node.value);
  if (name === "") return place.context ?? t.nothing();
  if (name === "$") return t.nothing();
  const bound = place.bound.get(name);
  if (bound !== undefined) return bound;
  if (name === "states") {
    const all = t.scope.states([], t.origin);
    if (all === null) throw new QueryProblem(node.position, "");
    return t.known(all.value);
  }
  return outsideVariable(t, name) ?? t.nothing();
}

/** What a name means outside of the expression: a variable of the machine, or a function of the language. */
function outsideVariable(t: Translator, name: string): Expression | null {
  const variable = t.scope.variable(name, t.origin);
  if (variable !== null) return variable.isCertain ? t.known(variable.value) : variable.value;
  const builtin = queryBuiltins.get(name);
  return builtin === undefined ? null : translateBuiltinValue(t, name, builtin);
}

export function translateBlock(t: Translator, block: QueryNode, place: Place): Expression {
  return translateFrame(t, block.nodes("expressions"), place, (last, inner) => t.settled(t.translate(last, inner)));
}

type TranslateLast = (node: QueryNode, place: Place) => Expression;

/** The statements of a block, of a function or of a whole expression, each of which sees what those before it bind. */
export function translateFrame(
  t: Translator,
  statements: readonly QueryNode[],
  place: Place,
  last: TranslateLast = t.translate,
): Expression {
  const names = [...cellNames(statements)];
  const plain = statements.flatMap((statement) => boundName(statement) ?? []);
  const open = names.map((name) => ({ name, cell: boundVariable(t, name) }));
  const bound = new Map(place.bound);
  const cells = new Map(place.cells);
  for (const name of plain) cells.delete(name);
  for (const { name, cell } of open) {
    bound.set(name, t.fn("cellValue", [cell.read]));
    cells.set(name, cell.read);
  }
  const inner = { ...place, bound, cells };
  return open.reduceRight(
    (body, { name, cell }) => {
      const before = place.bound.get(name) ?? outsideVariable(t, name) ?? t.nothing();
      return bindTo(t, t.fn("queryCell", [before]), cell.variable.name, () => body, cell);
    },
    translateStatements(t, statements, inner, new Set(names), last),
  );
}

function translateStatements(
  t: Translator,
  [first, ...others]: readonly QueryNode[],
  place: Place,
  cells: ReadonlySet<string>,
  last: TranslateLast,
): Expression {
  if (first === undefined) return t.nothing();
  const name = boundName(first);
  if (others.length === 0)
    return name === null || cells.has(name) ? last(first, place) : boundValue(t, name, first, place);
  const statement = { ...place, isLooping: false };
  if (name === null || cells.has(name)) {
    // Its value is of no use, but it may fail or bind.
    const value = t.translate(first, statement);
    return t.fn("queryLast", [value, translateStatements(t, others, place, cells, last)]);
  }
  const value = t.fn("queryVariable", [boundValue(t, name, first, statement)]);
  const variable = boundVariable(t, name);
  const rest = (read: Expression): Expression => {
    const inner = { ...place, bound: new Map([...place.bound, [name, read]]) };
    return translateStatements(t, others, inner, cells, last);
  };
  return bindTo(t, value, name, rest, variable);
}

function bindTo(
  t: Translator,
  value: Expression,
  name: string,
  use: (read: Expression) => Expression,
  { variable, read } = boundVariable(t, name),
): Expression {
  const body = use(read);
  return t.fn("bindTo", [value, lambda(t, [variable], body, body.type)], body.type);
}

/** `:=` within an expression. */
export function translateBind(t: Translator, node: QueryNode, place: Place): Expression {
  const name = boundName(node) ?? child(node, "lhs").text("value") ?? "";
  const value = boundValue(t, name, node, place);
  const cell = place.cells.get(name);
  return cell === undefined ? value : t.fn("setCell", [cell, value]);
}

/** The value of a variable; a function may call itself by the variable's name. */
function boundValue(t: Translator, name: string, statement: QueryNode, place: Place): Expression {
  const value = child(statement, "rhs");
  return value.type === "lambda" ? translateNamedLambda(t, name, value, place) : t.settled(t.translate(value, place));
}
