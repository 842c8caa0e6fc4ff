import type { Expression, Variable } from "../../ir/expression.ts";
import type { Step } from "../../ir/program.ts";
import { visitExpression } from "../../ir/visit.ts";
import { get, type ObjectTree, originOfKey } from "../../source/tree.ts";
import { objectField } from "./fields.ts";
import { assign, localVariable, type StateScope } from "./scope.ts";
import { type Bound, compileValue } from "./values.ts";
import { variableName } from "./variables.ts";

/** What an Assign stores: all values are made before any is stored, and before the state's output is. */
export interface Assignments {
  readonly before: readonly Step[];
  readonly after: readonly Step[];
  /** Where the machine ends, and nothing can read the variables any more: what may fail is still evaluated. */
  readonly atEnd: readonly Step[];
}

export const noAssignments: Assignments = { before: [], after: [], atEnd: [] };

interface Assignment {
  readonly variable: Variable;
  readonly value: Expression;
}

/** The Assign of a state, a choice rule or a catcher. `output` is the data that the state passes on, null where it stays. */
export function compileAssign(
  state: StateScope,
  holder: ObjectTree,
  bound: Bound,
  output: Expression | null,
): Assignments {
  const tree = objectField(holder, "Assign");
  if (tree === undefined) return noAssignments;
  const { origin } = state;
  const assignments = assignmentsOf(state, tree, bound);
  const atEnd = assignments.flatMap(({ value }): readonly Step[] =>
    canFail(value) ? [{ kind: "evaluate", value, origin: value.origin }] : [],
  );
  const keepsOld = (mayFail: boolean) => mayFail && get(state.tree, "Catch") !== undefined;
  if (isIndependent(assignments, output) && !keepsOld(output !== null && canFail(output))) {
    const before = assignments.map(({ variable, value }) => assign(variable, value, origin));
    if (!keepsOld(assignments.slice(1).some(({ value }) => canFail(value)))) return { before, after: [], atEnd };
  }
  const made = assignments.map(({ variable, value }) => {
    const held = localVariable(`next ${variable.name}`, value.type);
    return { before: assign(held, value, origin), after: assign(variable, readHeld(held, value), origin) };
  });
  return { before: made.map(({ before }) => before), after: made.map(({ after }) => after), atEnd };
}

function readHeld(variable: Variable, { origin }: Expression): Expression {
  return { kind: "variable", variable, type: variable.type, origin };
}

function assignmentsOf(state: StateScope, tree: ObjectTree, bound: Bound): readonly Assignment[] {
  const values = compileValue(state, tree, bound);
  if (values.kind !== "object") return [];
  return tree.members.flatMap((member) => {
    const name = variableName(member.key);
    const why = whyNotAssignable(state, name);
    if (why !== null) {
      const params = { field: "Assign", found: `\`${name.slice(0, 100)}\``, allowed: why };
      state.definition.findings.report("WF_VALIDATION_002", originOfKey(member, state.name), params);
    }
    const variable = state.variables.variable(name);
    const value = values.members.find(({ key }) => key === name)?.value;
    return variable === null || value === undefined ? [] : [{ variable, value }];
  });
}

/** What a name must be that cannot be assigned; null where it can. */
function whyNotAssignable(state: StateScope, name: string): string | null {
  if (name === "states") return "any name but `states`, which AWS keeps for itself";
  if (!/^[\p{ID_Start}_][\p{ID_Continue}]{0,79}$/u.test(name))
    return "names of at most 80 letters, digits and underscores, which do not begin with a digit";
  if (state.variables.isOutside(name)) return "names that no machine around this one assigns";
  return null;
}

/** Whether each value can be stored as soon as it is made: nothing after it reads the variable's last value. */
function isIndependent(assignments: readonly Assignment[], output: Expression | null): boolean {
  const stored = new Set<Variable>();
  for (const { variable, value } of assignments) {
    if (mentions(value, stored)) return false;
    stored.add(variable);
  }
  return output === null || !mentions(output, stored);
}

function mentions(expression: Expression, variables: ReadonlySet<Variable>): boolean {
  let found = false;
  visitExpression(expression, (part) => {
    found ||= part.kind === "variable" && variables.has(part.variable);
  });
  return found;
}

function canFail(value: Expression): boolean {
  let found = false;
  visitExpression(value, (part) => {
    found ||= part.kind === "call";
  });
  return found;
}
