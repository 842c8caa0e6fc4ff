import type { Findings, Origin } from "../../diagnostics/diagnostic.ts";
import type { Expression, Variable } from "../../ir/expression.ts";
import type { Block, Jumps, RetryRule, Step, Terminator } from "../../ir/program.ts";
import { type Type, unknown } from "../../ir/types.ts";
import type { ObjectTree } from "../../source/tree.ts";
import type { ActivityCollector } from "./activities.ts";
import type { Substitutions } from "./substitutions.ts";

/** What all states of a definition share. */
export interface Definition {
  readonly findings: Findings;
  readonly input: Variable;
  /** The machine itself. */
  readonly root: ObjectTree;
  readonly name: string;
  readonly substitutions: Substitutions;
  readonly activities: ActivityCollector;
  /** State names are unique in the whole definition: where each was first given. */
  readonly stateNames: Map<string, Origin>;
  /** So are the labels of Maps. */
  readonly labels: Map<string, Origin>;
  /** The name that one is most likely a misspelling of, or ""; "" too once so many were looked for that it would take long. */
  nearestState(name: string, known: ReadonlySet<string>): string;
  /** The line of an offset, for messages. */
  lineOf(offset: number): number;
  /** Makes the blocks of an object with StartAt and States; null where it was reported to lack them. */
  compileMachine(tree: ObjectTree, context: MachineContext): Jumps | null;
  /** Set where states or transitions are missing, so that no program can be made. */
  broken: boolean;
}

/** What a machine gets from what it stands in. */
export interface MachineContext {
  readonly definition: Definition;
  readonly item: MapItem | null;
  /** The variables of the machines around it. Default: none can be read. */
  readonly variables?: VisibleVariables;
  /** The query language of states that name none. */
  readonly language: QueryLanguage;
  /** What the first state is given. */
  readonly input: Expression;
  /** What `$$.Execution.Input` is: of a child of a distributed Map what it was given. Default: the input of the run. */
  readonly executionInput?: Expression;
  /** Whether it runs as an Express workflow. */
  readonly isExpress: boolean;
  end(value: Expression, origin: Origin): readonly Step[];
}

/** One `States` object: the machine itself, a branch of a Parallel or the processor of a Map. */
export interface MachineScope {
  readonly definition: Definition;
  /** Holds what the state that runs was given: its raw input. */
  readonly data: Variable;
  /** Within the processor of a Map. */
  readonly item: MapItem | null;
  readonly stateNames: ReadonlySet<string>;
  /** Null: the input of the run. */
  readonly executionInput: Expression | null;
  readonly isExpress: boolean;
  /** The query language of states that name none. */
  readonly machineLanguage: QueryLanguage;
  /** The comment of a machine inside of a state, which stands over the state that it starts with. */
  readonly opening: { readonly state: string; readonly comment: string };
  /** Ends this machine with a result. */
  end(value: Expression, origin: Origin): readonly Step[];
}

export type QueryLanguage = "JSONPath" | "JSONata";

/** The variables that a place can read, by name. */
export interface VisibleVariables {
  /** The value of a variable, and whether it is certain to have one; null where nothing assigns it. */
  find(name: string, origin: Origin): { readonly value: Expression; readonly isCertain: boolean } | null;
  /** A variable of the machine itself, which it may assign. */
  variable(name: string): Variable | null;
  /** Whether a machine around this one has the name: it cannot be assigned here then. */
  isOutside(name: string): boolean;
}

export interface MapItem {
  readonly index: Variable;
  readonly value: Variable;
}

export interface StateScope extends MachineScope {
  readonly name: string;
  readonly tree: ObjectTree;
  readonly origin: Origin;
  readonly language: QueryLanguage;
  readonly variables: VisibleVariables;
  /** Within what is made anew for each attempt of a Task: a `TaskAttempt` of the runtime. `last`: in what comes after all attempts. */
  readonly attempt?: Variable | "last";
  /** Within a Parallel or Map: how often all of it was tried again. */
  readonly retries?: Variable;
}

/** What a state becomes: the block with its name, and blocks that only it leads to. */
export interface StateCode {
  readonly steps: readonly Step[];
  readonly end: Terminator;
  readonly extra?: readonly Block[];
}

/** The failure that a handler or a retry rule looks at. */
export function failureVariable(): Variable {
  return { name: "failure", type: failureType, role: "bound" };
}

const text: Type = { kind: "string" };

const failureType: Type = {
  kind: "object",
  members: new Map([
    ["name", { type: text, required: true }],
    ["message", { type: text, required: true }],
  ]),
  additional: null,
};

export function localVariable(name: string, type: Type = unknown): Variable {
  return { name, type, role: "local" };
}

export function read(variable: Variable, origin: Origin): Expression {
  return { kind: "variable", variable, type: variable.type, origin };
}

export function assign(variable: Variable, value: Expression, origin: Origin): Step {
  return { kind: "assign", variable, value, origin };
}

export function emptyObject(origin: Origin): Expression {
  return { kind: "object", members: [], type: { kind: "object", members: new Map(), additional: null }, origin };
}

/** Stands for a value that was reported to be wrong, so that what is around it can still be looked at. */
export function nothing(origin: Origin): Expression {
  return { kind: "literal", value: null, type: { kind: "null" }, origin };
}

export const noRetry: readonly RetryRule[] = [];
