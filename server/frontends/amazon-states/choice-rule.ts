import { compilePath, pathIsPresent } from "../../expressions/jsonpath.ts";
import { call, joinTests, literal, text } from "../../expressions/jsonpath-values.ts";
import type { BinaryOperator, Expression } from "../../ir/expression.ts";
import { boolean } from "../../ir/types.ts";
import { get, type Member, type ObjectTree, originOf, originOfKey, type StringTree } from "../../source/tree.ts";
import { pathScope } from "./context-object.ts";
import { checkFields, type FieldKind, textField } from "./fields.ts";
import { compileTypedQuery } from "./jsonata-values.ts";
import { warnOfPathInText } from "./path-warnings.ts";
import { describe } from "./payload.ts";
import { nothing, type StateScope } from "./scope.ts";
import { placeholderName } from "./substitutions.ts";

/** More parts than this in one And or Or are refused: no person wrote them. */
const MAX_PARTS = 200;

const orders = new Map([
  ["Equals", "=="],
  ["LessThan", "<"],
  ["GreaterThan", ">"],
  ["LessThanEquals", "<="],
  ["GreaterThanEquals", ">="],
]);

type Subject = "String" | "Numeric" | "Timestamp" | "Boolean";

type Operator =
  | { readonly kind: "compare"; readonly subject: Subject; readonly order: string; readonly path: boolean }
  | { readonly kind: "matches" }
  | { readonly kind: "is"; readonly what: string };

const operators: ReadonlyMap<string, Operator> = new Map(listOperators());

function* listOperators(): Generator<[string, Operator]> {
  for (const [suffix, order] of orders) {
    for (const subject of ["String", "Numeric", "Timestamp"] as const) {
      yield [`${subject}${suffix}`, { kind: "compare", subject, order, path: false }];
      yield [`${subject}${suffix}Path`, { kind: "compare", subject, order, path: true }];
    }
  }
  yield ["BooleanEquals", { kind: "compare", subject: "Boolean", order: "==", path: false }];
  yield ["BooleanEqualsPath", { kind: "compare", subject: "Boolean", order: "==", path: true }];
  yield ["StringMatches", { kind: "matches" }];
  for (const what of ["Null", "Present", "Numeric", "String", "Boolean", "Timestamp"])
    yield [`Is${what}`, { kind: "is", what }];
}

const ruleFields: Readonly<Record<string, FieldKind>> = {
  Variable: "path",
  Comment: "text",
  And: "list",
  Or: "list",
  Not: "object",
  ...Object.fromEntries([...operators.keys()].map((name) => [name, "any"])),
};

const topFields: Readonly<Record<string, FieldKind>> = {
  Next: "text",
  Condition: "any",
  Assign: "object",
  Output: "any",
};

/** One rule of a Choice as a test. Null where it was reported to be wrong. */
export function compileRule(rule: ObjectTree, state: StateScope, input: Expression, top: boolean): Expression | null {
  const { findings } = state.definition;
  const fields: Readonly<Record<string, FieldKind>> = top ? { ...ruleFields, ...topFields } : ruleFields;
  const { language, name: node } = state;
  checkFields(rule, { fields }, top ? "a choice rule" : "a nested choice rule", { findings, node, language });
  if (language === "JSONata") return compileCondition(rule, state, input);
  const given = rule.members.filter(({ key }) => operators.has(key) || key === "And" || key === "Or" || key === "Not");
  const [first, second] = given;
  if (first === undefined) {
    findings.report("WF_VALIDATION_001", originOf(rule, state.name), {
      field: "StringEquals",
      of: "a choice rule without an operator",
    });
    return null;
  }
  if (second !== undefined) {
    const params = {
      fields: given.map(({ key }) => `\`${key}\``).join(", "),
      of: "a choice rule",
      why: "it has one operator; join several with `And`",
    };
    findings.report("WF_VALIDATION_013", originOfKey(second, state.name), params);
  }
  if (first.key === "And" || first.key === "Or") return compileJoined(first, state, input);
  if (first.key === "Not") {
    const test = first.value.kind === "object" ? compileRule(first.value, state, input, false) : null;
    return test && not(test);
  }
  return compileComparison(rule, first, state, input);
}

/** The Condition of a rule in JSONata. */
function compileCondition(rule: ObjectTree, state: StateScope, input: Expression): Expression | null {
  const condition = get(rule, "Condition");
  if (condition === undefined) {
    const params = { field: "Condition", of: "a choice rule" };
    state.definition.findings.report("WF_VALIDATION_001", originOf(rule, state.name), params);
    return null;
  }
  if (condition.kind === "boolean") return literal(condition.value, originOf(condition, state.name));
  const query = compileTypedQuery(state, condition, "boolean", pathScope(state, input));
  if (query === null) {
    const allowed = "true, false or an expression `{% … %}`";
    const params = { field: "Condition", found: describe(condition), allowed };
    state.definition.findings.report("WF_VALIDATION_002", originOf(condition, state.name), params);
  }
  return query;
}

function compileJoined(member: Member, state: StateScope, input: Expression): Expression | null {
  const rules = member.value.kind === "array" ? member.value.items : [];
  const { findings } = state.definition;
  const origin = originOf(member.value, state.name);
  if (rules.length > MAX_PARTS) {
    findings.report("WF_VALIDATION_016", origin, {
      what: `parts of \`${member.key}\``,
      count: `${rules.length}`,
      limit: `${MAX_PARTS}`,
    });
    return null;
  }
  if (member.value.kind === "array" && rules.length === 0) {
    findings.report("WF_VALIDATION_002", origin, {
      field: member.key,
      found: "empty",
      allowed: "an array with at least one rule",
    });
  }
  const tests = rules.map((rule) => {
    if (rule.kind === "object") return compileRule(rule, state, input, false);
    findings.report("WF_VALIDATION_002", originOf(rule, state.name), {
      field: member.key,
      found: describe(rule),
      allowed: "an array of rules",
    });
    return null;
  });
  if (tests.length === 0 || !tests.every((test) => test !== null)) return null;
  return joinTests(member.key === "And" ? "&&" : "||", tests);
}

function compileComparison(rule: ObjectTree, member: Member, state: StateScope, input: Expression): Expression | null {
  const { findings } = state.definition;
  const variable = textField(rule, "Variable");
  const operator = operators.get(member.key);
  if (get(rule, "Variable") === undefined) {
    findings.report("WF_VALIDATION_001", originOf(rule, state.name), { field: "Variable", of: "a choice rule" });
  }
  if (variable === undefined || operator === undefined) return null;
  const scope = pathScope(state, input);
  if (operator.kind === "is") return compileIs(member, operator.what, variable, state, input);
  const left = compilePath(variable, scope, { kind: "choice" });
  const right = compileRight(rule, member, operator, state, input);
  if (left === null || right === null) return null;
  if (operator.kind === "matches") return call("stringMatches", [left, right], boolean, left.origin);
  const isFixed = !operator.path && operator.order === "==" && operator.subject !== "Timestamp";
  if (isFixed && canEqual(left, operator.subject)) return binary("===", left, right);
  const order = text(operator.order, left.origin);
  switch (operator.subject) {
    case "String":
      return call("compareStrings", [left, order, right], boolean, left.origin);
    case "Numeric":
      return call("compareNumbers", [left, order, right], boolean, left.origin);
    case "Timestamp":
      return call("compareTimestamps", [left, order, right], boolean, left.origin);
    case "Boolean":
      return call("equalBooleans", [left, right], boolean, left.origin);
    default:
      return operator.subject satisfies never;
  }
}

/** Whether TypeScript allows `===`: it refuses to compare values that it knows to be of different types. */
function canEqual({ type }: Expression, subject: Subject): boolean {
  switch (type.kind) {
    case "unknown":
      return true;
    case "integer":
    case "number":
      return subject === "Numeric";
    default:
      return type.kind === subject.toLowerCase();
  }
}

/** What the variable is compared with: a value of the operator's type, or what a path leads to. */
function compileRight(
  rule: ObjectTree,
  member: Member,
  operator: Operator & { kind: "compare" | "matches" },
  state: StateScope,
  input: Expression,
): Expression | null {
  const { value } = member;
  const scope = pathScope(state, input);
  const origin = originOf(value, state.name);
  if (operator.kind === "compare" && operator.path) {
    if (value.kind === "string") return compilePath(value, scope, { kind: "choice" });
    return wrong(member, "a string with a path", state);
  }
  const subject = operator.kind === "matches" ? "String" : operator.subject;
  if (value.kind === "string" && (subject === "String" || placeholderName(value.value) !== null)) {
    if (operator.kind === "compare") warnOfPathInText(state, rule, member);
    return scope.text(value.value, origin);
  }
  if (subject === "Timestamp") {
    return value.kind === "string" && isTimestamp(value)
      ? text(value.value, origin)
      : wrong(member, "a timestamp such as `2030-01-31T12:00:00Z`", state);
  }
  if (subject === "Numeric" && value.kind === "number") return literal(value.value, origin);
  if (subject === "Boolean" && value.kind === "boolean") return literal(value.value, origin);
  return wrong(member, subject === "String" ? "a string" : subject === "Numeric" ? "a number" : "true or false", state);
}

function isTimestamp(tree: StringTree): boolean {
  return (
    /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/.test(tree.value) &&
    !Number.isNaN(Date.parse(tree.value))
  );
}

function wrong(member: Member, allowed: string, state: StateScope): null {
  const params = { field: member.key, found: describe(member.value), allowed };
  state.definition.findings.report("WF_VALIDATION_002", originOf(member.value, state.name), params);
  return null;
}

function compileIs(
  member: Member,
  what: string,
  variable: StringTree,
  state: StateScope,
  input: Expression,
): Expression | null {
  const scope = pathScope(state, input);
  if (member.value.kind !== "boolean") return wrong(member, "true or false", state);
  const test =
    what === "Present"
      ? pathIsPresent(variable, scope)
      : typeTest(what, compilePath(variable, scope, { kind: "choice" }));
  return test === null || member.value.value ? test : not(test);
}

function typeTest(what: string, value: Expression | null): Expression | null {
  if (value === null) return null;
  switch (what) {
    case "Null":
      return binary("===", value, nothing(value.origin));
    case "Timestamp":
      return call("isTimestamp", [value], boolean, value.origin);
    default:
      return call(
        "hasType",
        [value, text(what === "Numeric" ? "number" : what.toLowerCase(), value.origin)],
        boolean,
        value.origin,
      );
  }
}

function not(operand: Expression): Expression {
  return { kind: "unary", operator: "!", operand, type: boolean, origin: operand.origin };
}

function binary(operator: BinaryOperator, left: Expression, right: Expression): Expression {
  return { kind: "binary", operator, left, right, type: boolean, origin: left.origin };
}
