import type { Origin } from "../diagnostics/diagnostic.ts";
import type { BinaryOperator, Expression, Variable } from "../ir/expression.ts";
import { boolean, type Type, unknown } from "../ir/types.ts";
import { QueryProblem, type QueryScope } from "./jsonata.ts";
import { builtinType, type QueryBuiltin, queryBuiltins, untranslatedFunctions } from "./jsonata-functions.ts";
import type { QueryNode } from "./jsonata-parse.ts";
import { literal } from "./jsonpath-values.ts";

/** What a part of an expression stands in. */
interface Place {
  /** The context, `$`; null where there is none, as at the top of an expression. */
  readonly context: Expression | null;
  /** Variables that the expression itself binds. */
  readonly bound: ReadonlyMap<string, Expression>;
  /** Whether a path takes the value apart, so that an array that is kept for one item would not last. */
  readonly isStep: boolean;
}

/** Deeper expressions were not written by a person, and every stage after this one is recursive. */
const MAX_DEPTH = 60;

const orders = ["<", "<=", ">", ">="];

/** Translates a parsed expression. Throws QueryProblem. */
export function translateQuery(
  root: QueryNode,
  scope: QueryScope,
  origin: Origin,
): { readonly value: Expression; readonly isCertain: boolean } {
  const certain = new Set<Expression>();
  const bindings = boundNames(root);
  let depth = 0;

  const fn = (name: string, args: readonly Expression[], type: Type = unknown): Expression => ({
    kind: "call",
    fn: name,
    args,
    type,
    origin,
  });
  const text = (value: string): Expression => literal(value, origin);
  const nothing = (): Expression => fn("noValue", []);

  /** A function of the context: what a path, a filter or a group does with each item. */
  function ofItem(place: Place, body: (inner: Place) => Expression): Expression {
    const item: Variable = { name: "item", type: unknown, role: "bound" };
    const context: Expression = { kind: "variable", variable: item, type: unknown, origin };
    return { kind: "lambda", parameters: [item], body: body({ ...place, context }), type: unknown, origin };
  }

  /** A node as a value: with its predicates and its grouping, and one item of a sequence for the sequence. */
  function translate(node: QueryNode, place: Place): Expression {
    if (depth >= MAX_DEPTH) throw new QueryProblem(node.position, `it is nested more than ${MAX_DEPTH} deep`);
    depth++;
    const value = translateNode(node, place);
    depth--;
    return value;
  }

  function translateNode(node: QueryNode, place: Place): Expression {
    const inner = { ...place, isStep: false };
    // The parser marks tail calls so.
    if (node.type === "lambda" && node.isFlag("thunk")) return translate(child(node, "body"), place);
    if (node.type === "path") return translatePath(node, place);
    const predicates = node.nodes("predicate");
    // Of a step that is a name the path as a whole is kept.
    const isKept = node.isFlag("keepArray") && node.type !== "name";
    if (isKept && place.isStep) throw untranslated(node, "an array that is kept with `[]` inside of a path");
    const plain = predicates.length === 0 && !node.has("group");
    const raw = translateOne(node, inner);
    if (plain && !isKept) return raw.isMany ? fn("collapsed", [raw.value]) : raw.value;
    const filtered = predicates.reduce((value, stage) => filter(value, child(stage, "expr"), inner), raw.value);
    const group = node.node("group");
    if (group !== null) return translateGroup(filtered, group.pairs("lhs"), inner);
    return fn(isKept ? "keptArray" : "collapsed", [filtered]);
  }

  function one(value: Expression): { value: Expression; isMany: boolean } {
    return { value, isMany: false };
  }

  function translateOne(node: QueryNode, place: Place): { value: Expression; isMany: boolean } {
    switch (node.type) {
      case "string":
        return one(scope.text(typeof node.value === "string" ? node.value : "", origin));
      case "number":
      case "value":
        return one(constant(node));
      case "variable":
        return one(translateVariable(node, place));
      case "wildcard":
        return one(place.context === null ? nothing() : fn("queryChildren", [place.context]));
      case "descendant":
        return one(place.context === null ? nothing() : fn("queryDescendants", [place.context]));
      case "name":
        return one(place.context === null ? nothing() : fn("queryPath", [place.context, text(String(node.value))]));
      case "binary":
        return one(translateBinary(node, place));
      case "unary":
        return one(translateUnary(node, place));
      case "condition":
        return one(translateCondition(node, place));
      case "block":
        return one(translateBlock(node.nodes("expressions"), place));
      case "bind":
        return one(translate(child(node, "rhs"), place));
      case "function":
        return translateCall(node, place, []);
      case "apply":
        return translateApply(node, place);
      case "partial":
        return one(translatePartial(node, place));
      case "lambda":
        return one(translateLambdaValue(node, place));
      case "regex":
        return one(translatePattern(node));
      case "transform":
        return one(translateTransform(node, place));
      default:
        throw untranslated(node, node.type === "parent" ? "the parent operator `%`" : `\`${node.type}\``);
    }
  }

  function constant(node: QueryNode): Expression {
    const { value } = node;
    const isConstant = value === null || ["number", "boolean", "string"].includes(typeof value);
    if (!isConstant) throw new QueryProblem(node.position, "it holds a value that is no JSON");
    if (typeof value === "number" || typeof value === "boolean" || typeof value === "string")
      return literal(value, origin);
    return literal(null, origin);
  }

  function translateVariable(node: QueryNode, place: Place): Expression {
    const name = String(node.value);
    if (name === "") return place.context ?? nothing();
    if (name === "$") return nothing();
    const bound = place.bound.get(name);
    if (bound !== undefined) return bound;
    if (name === "states") {
      const all = scope.states([], origin);
      if (all === null) throw new QueryProblem(node.position, "");
      return known(all.value);
    }
    if (bindings.has(name)) throw untranslated(node, `the variable \`$${name}\` outside of the block that binds it`);
    const variable = scope.variable(name, origin);
    if (variable !== null) return variable.isCertain ? known(variable.value) : variable.value;
    const builtin = queryBuiltins.get(name);
    if (builtin !== undefined) return builtinValue(node, builtin, place);
    if (untranslatedFunctions.has(name)) throw untranslated(node, `\`$${name}\``);
    return nothing();
  }

  function known(value: Expression): Expression {
    certain.add(value);
    return value;
  }

  // --- paths

  function translatePath(node: QueryNode, place: Place): Expression {
    const steps = node.nodes("steps");
    const isKept = node.isFlag("keepSingletonArray");
    if (isKept && place.isStep) throw untranslated(node, "an array that is kept with `[]` inside of a path");
    const [first, ...others] = steps;
    if (first === undefined) return nothing();
    for (const step of steps) refuseBindings(step);
    const start = pathStart(first, others, place);
    const rest = start.steps.map((step) => translateStep(step, place));
    const isPlain = rest.length === 0 && !isKept;
    const found = isPlain ? start.from : fn(isKept ? "queryPathArray" : "queryPath", [start.from, ...rest]);
    const group = node.node("group");
    return group === null ? found : translateGroup(found, group.pairs("lhs"), place);
  }

  /** What a path starts from, and the steps from there. */
  function pathStart(
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
      const states = scope.states(names, origin);
      if (states === null) throw new QueryProblem(first.position, "");
      return { from: known(states.value), steps: others.slice(states.rest) };
    }
    const isRelative = first.type !== "variable" && place.context !== null && !first.isFlag("consarray");
    if (isRelative) return { from: place.context ?? nothing(), steps: [first, ...others] };
    const value = withStages(translate(first, { ...place, isStep: true }), first, place);
    return { from: first.has("stages") ? fn("collapsed", [value]) : value, steps: others };
  }

  function refuseBindings(step: QueryNode): void {
    if (step.has("focus")) throw untranslated(step, "the context binding operator `@`");
    if (step.has("index")) throw untranslated(step, "the positional binding operator `#`");
    if (step.has("ancestor") || step.isFlag("tuple")) throw untranslated(step, "the parent operator `%`");
  }

  function translateStep(step: QueryNode, place: Place): Expression {
    if (step.type === "name" && !step.has("stages")) return text(String(step.value));
    if (step.type === "sort") return translateOrder(step, place);
    return ofItem(place, (inner) => {
      const value = translate(step, { ...inner, isStep: true });
      return withStages(step.isFlag("consarray") ? fn("constructedArray", [value]) : value, step, inner);
    });
  }

  function withStages(value: Expression, step: QueryNode, place: Place): Expression {
    return step.nodes("stages").reduce((found, stage) => {
      const test = stage.node("expr");
      if (stage.type !== "filter" || test === null) throw untranslated(stage, "the positional binding operator `#`");
      return filter(found, test, place);
    }, value);
  }

  function filter(value: Expression, test: QueryNode, place: Place): Expression {
    if (test.type === "number" && typeof test.value === "number")
      return fn("queryItem", [value, literal(Math.floor(test.value), origin)]);
    return fn("queryFilter", [value, ofItem({ ...place, isStep: false }, (inner) => translate(test, inner))]);
  }

  function translateOrder(step: QueryNode, place: Place): Expression {
    if (step.has("stages")) throw untranslated(step, "a filter right after an order-by clause");
    const terms = step.nodes("terms").map((term) => {
      const key = ofItem({ ...place, isStep: false }, (inner) => translate(child(term, "expression"), inner));
      return array([key, literal(term.isFlag("descending"), origin)]);
    });
    return fn("queryOrder", terms);
  }

  function array(items: readonly Expression[]): Expression {
    return { kind: "array", items, type: { kind: "array", element: unknown }, origin };
  }

  // --- operators

  function translateBinary(node: QueryNode, place: Place): Expression {
    const operator = String(node.value);
    const [left, right] = [child(node, "lhs"), child(node, "rhs")];
    if (operator === "and" || operator === "or") {
      return binary(operator === "and" ? "&&" : "||", truth(translate(left, place)), truth(translate(right, place)));
    }
    if (operator === "&") return translateConcatenation(node, place);
    const [l, r] = [translate(left, place), translate(right, place)];
    if (operator === "=" || operator === "!=") {
      const isSimple =
        operator === "=" && [l, r].some(isConstant) && [l, r].some(({ type }) => type.kind === "unknown");
      if (isSimple) return isConstant(l) ? binary("===", r, l) : binary("===", l, r);
      return fn(operator === "=" ? "queryEquals" : "queryDiffers", [l, r], boolean);
    }
    if (operator === "in") return fn("queryIncludes", [l, r], boolean);
    if (operator === "..") return fn("queryRange", [l, r]);
    if (orders.includes(operator)) return fn("queryCompare", [l, text(operator), r]);
    if (["+", "-", "*", "/", "%"].includes(operator)) return fn("queryArithmetic", [l, text(operator), r]);
    throw untranslated(node, `the operator \`${operator}\``);
  }

  function binary(operator: BinaryOperator, left: Expression, right: Expression): Expression {
    return { kind: "binary", operator, left, right, type: boolean, origin };
  }

  /** Texts joined with `&`, as one template. */
  function translateConcatenation(node: QueryNode, place: Place): Expression {
    const parts: (string | Expression)[] = [];
    const open = [node];
    for (let part = open.pop(); part !== undefined; part = open.pop()) {
      if (part.type === "binary" && part.value === "&" && !part.has("predicate") && !part.has("group")) {
        open.push(child(part, "rhs"), child(part, "lhs"));
        continue;
      }
      const value = translate(part, place);
      if (value.kind === "literal" && typeof value.value === "string") parts.push(value.value);
      else if (value.kind === "template") parts.push(...value.parts);
      else parts.push(value.type.kind === "string" ? value : fn("queryPart", [value], { kind: "string" }));
    }
    return { kind: "template", parts, type: { kind: "string" }, origin };
  }

  function truth(value: Expression): Expression {
    return value.type.kind === "boolean" ? value : fn("queryTruth", [value], boolean);
  }

  function translateUnary(node: QueryNode, place: Place): Expression {
    if (node.value === "-") return fn("queryNegative", [translate(child(node, "expression"), place)]);
    if (node.value === "{") return translateObject(node.pairs("lhs"), place);
    const items = node.nodes("expressions");
    const values = items.map((item) => translate(item, place));
    if (items.every((item, index) => isSingle(item, values[index]))) return array(values);
    const parts = values.map((value, index) => (items[index]?.value === "[" ? fn("queryItems", [value]) : value));
    return fn("queryArray", parts, { kind: "array", element: unknown });
  }

  /** Whether a value is certain to be exactly one item of the array that it is written in. */
  function isSingle(item: QueryNode, value: Expression | undefined): boolean {
    if (item.type === "unary" && item.value === "[") return true;
    return (
      value !== undefined && (["literal", "object", "template"].includes(value.kind) || value.type.kind === "boolean")
    );
  }

  function translateObject(pairs: readonly (readonly [QueryNode, QueryNode])[], place: Place): Expression {
    const keys = pairs.map(([key]) => (key.type === "string" && typeof key.value === "string" ? key.value : null));
    const isPlain = keys.every((key) => key !== null && !key.includes("${")) && new Set(keys).size === keys.length;
    if (!isPlain || place.context !== null) return translateGroup(place.context ?? nothing(), pairs, place);
    const members = pairs.map(([, value], index) => ({ key: keys[index] ?? "", value: translate(value, place) }));
    const types = new Map(members.map(({ key, value }) => [key, { type: value.type, required: true }] as const));
    const type: Type = { kind: "object", members: types, additional: null };
    const made: Expression = { kind: "object", members, type, origin };
    if (members.every(({ value }) => isCertain(value))) return made;
    return fn("queryObject", [made], { kind: "object", members: new Map(), additional: unknown });
  }

  function translateGroup(
    value: Expression,
    pairs: readonly (readonly [QueryNode, QueryNode])[],
    place: Place,
  ): Expression {
    const inner = { ...place, isStep: false };
    const groups = pairs.map(([key, made]) =>
      array([ofItem(inner, (item) => translate(key, item)), ofItem(inner, (item) => translate(made, item))]),
    );
    return fn("queryGroup", [value, ...groups], { kind: "object", members: new Map(), additional: unknown });
  }

  function translateCondition(node: QueryNode, place: Place): Expression {
    const otherwise = node.node("else");
    const then = translate(child(node, "then"), place);
    const other = otherwise === null ? nothing() : translate(otherwise, place);
    const type: Type = then.type.kind === "boolean" && other.type.kind === "boolean" ? boolean : unknown;
    return {
      kind: "conditional",
      test: truth(translate(child(node, "condition"), place)),
      then,
      otherwise: other,
      type,
      origin,
    };
  }

  // --- blocks and functions

  function translateBlock(nodes: readonly QueryNode[], place: Place): Expression {
    const [first, ...others] = nodes;
    if (first === undefined) return nothing();
    if (others.length === 0) return translate(first, place);
    if (first.type !== "bind") {
      // Its value is of no use, but it may fail.
      return fn("queryLast", [translate(first, place), translateBlock(others, place)]);
    }
    const name = String(child(first, "lhs").value);
    const variable: Variable = { name, type: unknown, role: "bound" };
    const read: Expression = { kind: "variable", variable, type: unknown, origin };
    const value = translateBound(name, child(first, "rhs"), place);
    const body = translateBlock(others, { ...place, bound: new Map([...place.bound, [name, read]]) });
    return fn("bindTo", [value, { kind: "lambda", parameters: [variable], body, type: body.type, origin }], body.type);
  }

  /** The value of a variable; a function may call itself by the variable's name. */
  function translateBound(name: string, node: QueryNode, place: Place): Expression {
    const asUnknown = (value: Expression): Expression => fn("queryVariable", [value]);
    if (node.type !== "lambda") return asUnknown(translate(node, place));
    const variable: Variable = { name, type: unknown, role: "bound" };
    const itself: Expression = { kind: "variable", variable, type: unknown, origin };
    const body = translateLambda(node, { ...place, bound: new Map([...place.bound, [name, itself]]) });
    return asUnknown(fn("recursiveQuery", [{ kind: "lambda", parameters: [variable], body, type: unknown, origin }]));
  }

  function translateLambdaValue(node: QueryNode, place: Place): Expression {
    return fn("queryFunction", [translateLambda(node, place)]);
  }

  function translateLambda(node: QueryNode, place: Place): Expression {
    if (node.has("signature")) throw untranslated(node, "the signature of a function");
    const parameters = node
      .nodes("arguments")
      .map((parameter): Variable => ({ name: String(parameter.value), type: unknown, role: "bound" }));
    const bound = new Map(place.bound);
    for (const variable of parameters) bound.set(variable.name, { kind: "variable", variable, type: unknown, origin });
    const body = translate(child(node, "body"), { ...place, bound, isStep: false });
    return { kind: "lambda", parameters, body, type: unknown, origin };
  }

  function translateApply(node: QueryNode, place: Place): { value: Expression; isMany: boolean } {
    const [left, right] = [child(node, "lhs"), child(node, "rhs")];
    const value = translate(left, place);
    if (right.type === "function" && !right.has("predicate") && !right.has("group")) {
      return translateCall(right, place, [value]);
    }
    return one(fn("applyQuery", [value, translate(right, place)]));
  }

  function translateCall(
    node: QueryNode,
    place: Place,
    before: readonly Expression[],
  ): { value: Expression; isMany: boolean } {
    const nodes = node.nodes("arguments");
    const procedure = child(node, "procedure");
    const name = procedure.type === "variable" ? String(procedure.value) : null;
    const builtin = name === null || place.bound.has(name) ? undefined : queryBuiltins.get(name);
    const isOwn = name !== null && (place.bound.has(name) || scope.variable(name, origin) !== null);
    if (builtin !== undefined && !isOwn) {
      const values = nodes.map((argument, index) =>
        index + before.length === builtin.callback ? callback(argument, builtin, place) : translate(argument, place),
      );
      return callBuiltin(node, name ?? "", builtin, [...before, ...values], place);
    }
    if (name !== null && !isOwn && untranslatedFunctions.has(name)) throw untranslated(node, `\`$${name}\``);
    if (name !== null && !isOwn && !bindings.has(name) && name !== "") {
      const problem = "there is no such function";
      throw new QueryProblem(node.position, problem, { name: `$${name}`, known: names() });
    }
    const args = nodes.map((argument) => translate(argument, place));
    return one(fn("callQuery", [translate(procedure, place), ...before, ...args]));
  }

  function callBuiltin(
    node: QueryNode,
    name: string,
    builtin: QueryBuiltin,
    given: readonly Expression[],
    place: Place,
  ): { value: Expression; isMany: boolean } {
    const { min, max } = builtin;
    const isShort = builtin.context === true && given.length === min - 1;
    const args = isShort ? [place.context ?? nothing(), ...given] : given;
    if (args.length < min || args.length > max) {
      if ((name === "toMillis" || name === "fromMillis") && args.length > max)
        throw untranslated(node, `\`$${name}\` with a picture`);
      const count = min === max ? `${min}` : `${min} to ${max}`;
      const problem = `${count} arguments are needed, not ${given.length}`;
      throw new QueryProblem(node.position, problem, { name: `$${name}` });
    }
    const all = builtin.name === true ? [...args, text(name)] : args;
    const call = fn(builtin.fn, all, builtinType(builtin));
    const value: Expression = builtin.scope === true && call.kind === "call" ? { ...call, scope: true } : call;
    return { value, isMany: builtin.isMany === true };
  }

  /** A function that a runtime function calls. */
  function callback(node: QueryNode, builtin: QueryBuiltin, place: Place): Expression {
    const isPlain = !node.has("predicate") && !node.has("group");
    if (node.type === "lambda" && isPlain) {
      const takes = node.nodes("arguments").length;
      if (builtin.fn === "queryReduce" && takes < 2)
        throw new QueryProblem(node.position, "its function needs at least two parameters", { name: "$reduce" });
      return translateLambda(node, place);
    }
    return fn("callbackArgument", [translate(node, place), text(builtin.fn.slice(5).toLowerCase())]);
  }

  /** A function that is known by name, as a value. */
  function builtinValue(node: QueryNode, builtin: QueryBuiltin, place: Place): Expression {
    const parameters = Array.from(
      { length: builtin.min },
      (_, index): Variable => ({ name: index === 0 ? "value" : `value ${index + 1}`, type: unknown, role: "bound" }),
    );
    const args = parameters.map((variable): Expression => ({ kind: "variable", variable, type: unknown, origin }));
    const given = args.map((argument, index) =>
      index === builtin.callback ? fn("callbackArgument", [argument, text(String(node.value))]) : argument,
    );
    const { value, isMany } = callBuiltin(node, String(node.value), builtin, given, place);
    const body = isMany ? fn("collapsed", [value]) : value;
    return fn("queryFunction", [{ kind: "lambda", parameters, body, type: unknown, origin }]);
  }

  function translatePartial(node: QueryNode, place: Place): Expression {
    const parameters: Variable[] = [];
    const procedure = child(node, "procedure");
    const name = procedure.type === "variable" ? String(procedure.value) : "";
    const builtin = place.bound.has(name) ? undefined : queryBuiltins.get(name);
    const args = node.nodes("arguments").map((argument, index): Expression => {
      if (argument.type !== "operator") return translate(argument, place);
      const variable: Variable = { name: `value ${index + 1}`, type: unknown, role: "bound" };
      parameters.push(variable);
      return { kind: "variable", variable, type: unknown, origin };
    });
    if (builtin?.callback !== undefined) throw untranslated(node, `a part of \`$${name}\``);
    const made = builtin === undefined ? null : callBuiltin(node, name, builtin, args, place);
    const plain = made?.isMany === true ? fn("collapsed", [made.value]) : made?.value;
    const body = plain ?? fn("callQuery", [translate(procedure, place), ...args]);
    return fn("queryFunction", [{ kind: "lambda", parameters, body, type: unknown, origin }]);
  }

  function translatePattern(node: QueryNode): Expression {
    if (!(node.value instanceof RegExp)) throw untranslated(node, "this regular expression");
    return fn("queryPattern", [text(node.value.source), text(node.value.flags)]);
  }

  function translateTransform(node: QueryNode, place: Place): Expression {
    const part = (field: string): Expression => ofItem(place, (inner) => translate(child(node, field), inner));
    const deletions = node.has("delete") ? [part("delete")] : [];
    return fn("queryTransform", [part("pattern"), part("update"), ...deletions]);
  }

  function isCertain(value: Expression): boolean {
    if (certain.has(value)) return true;
    switch (value.kind) {
      case "conditional":
        return isCertain(value.then) && isCertain(value.otherwise);
      case "call":
        return value.type.kind !== "unknown";
      case "variable":
      case "member":
        return value.type.kind !== "unknown";
      default:
        return true;
    }
  }

  function* names(): Generator<string> {
    for (const name of queryBuiltins.keys()) yield `$${name}`;
  }

  const value = translate(root, { context: null, bound: new Map(), isStep: false });
  return { value, isCertain: isCertain(value) };
}

function isConstant(value: Expression): boolean {
  return value.kind === "literal";
}

function child(node: QueryNode, field: string): QueryNode {
  const inner = node.node(field);
  if (inner === null) throw new QueryProblem(node.position, "it is no expression that can be evaluated");
  return inner;
}

function untranslated(node: QueryNode, feature: string): QueryProblem {
  const instead = "Write this part of the expression in another way.";
  return new QueryProblem(node.position, instead, { feature: `JSONata: ${feature}` });
}

/** The names that an expression binds with `:=` anywhere. */
function boundNames(root: QueryNode): ReadonlySet<string> {
  const names = new Set<string>();
  const open = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.type === "bind") names.add(String(node.node("lhs")?.value));
    for (const field of [
      "lhs",
      "rhs",
      "expression",
      "condition",
      "then",
      "else",
      "body",
      "procedure",
      "pattern",
      "update",
      "delete",
      "group",
      "expr",
    ]) {
      const inner = node.node(field);
      if (inner !== null) open.push(inner);
    }
    for (const field of ["steps", "expressions", "arguments", "predicate", "stages", "terms"])
      open.push(...node.nodes(field));
    for (const pair of node.pairs("lhs")) open.push(...pair);
  }
  return names;
}
