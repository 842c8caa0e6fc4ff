import type { Origin } from "../../diagnostics/diagnostic.ts";
import { call } from "../../expressions/jsonpath-values.ts";
import type { Expression, Variable } from "../../ir/expression.ts";
import type { Step } from "../../ir/program.ts";
import { unknown } from "../../ir/types.ts";
import { get, type ObjectTree, type Tree } from "../../source/tree.ts";
import { listField, objectField, textField } from "./fields.ts";
import { assign, localVariable, read, type VisibleVariables } from "./scope.ts";

/** The variables that the states of one machine assign, beside those that it can read from the machines around it. */
export interface MachineVariables {
  /** What a state can read, as it begins. */
  at(state: string): VisibleVariables;
  /** Gives variables that may be read before they are assigned no value. Ask when all states are compiled. */
  initial(origin: Origin): readonly Step[];
}

/** Until so many states times names it is followed which are certain to be assigned; beyond, none is. Takes less than 0.1 s. */
const MAX_FOLLOWED = 100_000;

const none: ReadonlySet<string> = new Set();

/** What the states of an execution of its own can read. */
export const noVariables: VisibleVariables = { find: () => null, isOutside: () => false, variable: () => null };

/** `around` is what the state that holds the machine can read. */
export function createVariables(states: ObjectTree, start: string, around: VisibleVariables): MachineVariables {
  const own = new Map<string, Variable>();
  const edges = states.members.flatMap(({ key, value }) => edgesOf(key, value));
  for (const { assigned } of edges) {
    for (const name of assigned) if (!own.has(name)) own.set(name, localVariable(name));
  }
  const certain = states.members.length * own.size > MAX_FOLLOWED ? new Map() : certainVariables(start, edges);
  const uncertain = new Set<Variable>();

  return {
    at: (state) => ({
      find(name, origin) {
        const variable = own.get(name);
        if (variable === undefined) return around.find(name, origin);
        const isCertain = certain.get(state)?.has(name) ?? false;
        if (!isCertain) uncertain.add(variable);
        return { value: read(variable, origin), isCertain };
      },
      variable: (name) => own.get(name) ?? null,
      isOutside: (name) => around.variable(name) !== null || around.isOutside(name),
    }),
    initial: (origin) => [...uncertain].map((variable) => assign(variable, unassigned(origin), origin)),
  };
}

function unassigned(origin: Origin): Expression {
  return call("noValue", [], unknown, origin);
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly assigned: readonly string[];
}

/** The ways out of a state, with the names of the variables that each assigns; a last one leads nowhere. */
function edgesOf(from: string, tree: Tree): readonly Edge[] {
  const edge = (target: Tree, field: string, assigner: Tree): Edge => ({
    from,
    to: textField(target, field)?.value ?? "",
    assigned: assignedNames(assigner),
  });
  return [
    ...listField(tree, "Choices").map((rule) => edge(rule, "Next", rule)),
    ...listField(tree, "Catch").map((catcher) => edge(catcher, "Next", catcher)),
    ...(get(tree, "Default") === undefined ? [] : [edge(tree, "Default", tree)]),
    edge(tree, "Next", tree),
  ];
}

function assignedNames(tree: Tree): readonly string[] {
  return (objectField(tree, "Assign")?.members ?? []).map(({ key }) => variableName(key));
}

/** The name that a key of an Assign gives a value to. */
export function variableName(key: string): string {
  return key.endsWith(".$") ? key.slice(0, -2) : key;
}

/** For each state that can be reached, the variables that every way to it assigns. */
function certainVariables(start: string, edges: readonly Edge[]): ReadonlyMap<string, ReadonlySet<string>> {
  const from = Map.groupBy(edges, (edge) => edge.from);
  const known = new Map<string, ReadonlySet<string>>([[start, none]]);
  const open = [start];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    const before = known.get(state) ?? none;
    for (const { to, assigned } of from.get(state) ?? []) {
      const after = new Set([...before, ...assigned]);
      const earlier = known.get(to);
      const both = earlier === undefined ? after : new Set([...earlier].filter((name) => after.has(name)));
      if (earlier !== undefined && both.size === earlier.size) continue;
      known.set(to, both);
      open.push(to);
    }
  }
  return known;
}
