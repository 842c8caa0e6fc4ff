import type { Expression, Variable } from "../ir/expression.ts";
import type { Sequence } from "../ir/program.ts";
import { type AssignmentAnalysis, createAssignmentAnalysis } from "./assignments.ts";
import {
  type Block,
  type FunctionBody,
  findOccurrences,
  type Occurrences,
  type OccurrenceTable,
  type Place,
} from "./occurrences.ts";

/** How each local variable is declared in the module. */
export interface Placement {
  /** Those that are declared. */
  readonly variables: Iterable<Variable>;
  /** Null: nothing uses the variable, so that it is not declared. */
  of(variable: Variable): Declaration | null;
  /** Variables whose `let` stands before this step. */
  declaredBefore(sequence: Sequence, index: number): readonly Variable[];
  /** Variables that a branch or a container returns to the function around it. */
  returnedBy(body: Sequence): readonly Variable[];
  /** Uses that are checked at run time, because no analysis shows that the variable has a value. */
  readonly checked: ReadonlySet<Expression>;
}

/** `const` where it is assigned once and that assignment dominates its uses; else `let`, perhaps without a value. */
export type Declaration = "const" | "let" | "optional";

export function placeVariables(body: Sequence): Placement {
  const table = findOccurrences(body);
  const returned = new Map<Sequence, Variable[]>();
  const plans = new Map<Variable, Plan>();
  for (const occurrences of table.of.values()) {
    if (occurrences.uses.length > 0) plans.set(occurrences.variable, plan(occurrences, table));
  }
  const analysis = analyse(table, plans);
  const checked = new Set<Expression>();
  const before = new Map<Sequence, Map<number, Variable[]>>();
  const declarations = new Map<Variable, Declaration>();

  for (const each of plans.values()) {
    const isReturned =
      each.levels.length > 0 && each.levels.every((level) => analysis.endsAssigned(level.sequence, each.variable));
    if (isReturned) for (const level of each.levels) append(returned, level.sequence, each.variable);
    declarations.set(each.variable, declare(each, isReturned));
  }

  function declare(each: Plan, isReturned: boolean): Declaration {
    const { variable } = each;
    if (each.isConstant) return "const";
    const occurrences = table.of.get(variable);
    if (occurrences === undefined) return "const";
    const inner = isReturned ? within(each.levels[0], occurrences, table) : occurrences;
    const home = commonPlace([...inner.assignments, ...inner.uses]);
    const uses = analysis.usesOf(variable).filter((use) => !isReturned || isInside(use.place, each.levels[0]));
    const isCertain = uses.every((use) =>
      use.place.block.body === home.block.body && !use.inLambda ? use.isAssigned : use.wasAssigned,
    );
    const place = isCertain ? home : outsideLoops(home);
    const map = before.get(place.block.sequence) ?? new Map<number, Variable[]>();
    before.set(place.block.sequence, map);
    append(map, place.index, variable);
    if (isCertain) return "let";
    for (const use of uses) if (use.inLambda || !use.isAssigned) checked.add(use.expression);
    return "optional";
  }

  return {
    variables: declarations.keys(),
    of: (variable) => declarations.get(variable) ?? null,
    declaredBefore: (sequence, index) => before.get(sequence)?.get(index) ?? [],
    returnedBy: (sequence) => returned.get(sequence) ?? [],
    checked,
  };
}

/** Functions return a variable only where all of them always have a value for it: without those that have not, it is looked at anew. */
function analyse(table: OccurrenceTable, plans: Map<Variable, Plan>): AssignmentAnalysis {
  for (;;) {
    const tracked = [...plans.values()].filter(({ levels, isConstant }) => !isConstant || levels.length > 0);
    const analysis = createAssignmentAnalysis(table, tracked);
    const failing = tracked.filter(
      ({ variable, levels }) => !levels.every((level) => analysis.endsAssigned(level.sequence, variable)),
    );
    if (failing.length === 0) return analysis;
    for (const { variable } of failing) plans.set(variable, { variable, isConstant: false, levels: [] });
  }
}

/** What the tree of blocks says of a variable. */
interface Plan {
  readonly variable: Variable;
  /** Whether it is assigned once, before all of its uses in the function that assigns it. */
  readonly isConstant: boolean;
  /** Functions that could return its value to the one around them, from the inside out. */
  readonly levels: readonly FunctionBody[];
}

function plan(occurrences: Occurrences, table: OccurrenceTable): Plan {
  const { variable } = occurrences;
  const levels = returningFunctions(occurrences, table);
  const inner = within(levels[0], occurrences, table);
  const [only] = inner.assignments;
  const isConstant =
    inner.assignments.length === 1 && only !== undefined && inner.uses.every((use) => dominates(only, use));
  return { variable, isConstant, levels };
}

/** The functions between the one that assigns a variable and the one that all its uses are in; none if a use is not after them. */
function returningFunctions({ assignments, uses }: Occurrences, table: OccurrenceTable): readonly FunctionBody[] {
  if (assignments.length === 0) return [];
  const levels: FunctionBody[] = [];
  let body = commonPlace(assignments).block.body;
  for (;;) {
    const outside = uses.filter((use) => !isInside(use, body));
    if (outside.length === 0) return levels;
    const { at } = body;
    if (at === null || body.kind === "turn") return [];
    const around = at.block.body;
    const isReturnedOn = outside.some((use) => !isInside(use, around));
    const after = [
      ...outside.filter((use) => isInside(use, around)),
      ...(isReturnedOn ? returnsOf(around, table) : []),
    ];
    if (!after.every((use) => dominates(at, use))) return [];
    levels.push(body);
    body = around;
  }
}

function returnsOf(body: FunctionBody, table: OccurrenceTable): readonly Place[] {
  return table.returns.get(body.sequence) ?? [];
}

/** What of a variable is in a function that returns it. */
function within(body: FunctionBody | undefined, occurrences: Occurrences, table: OccurrenceTable): Occurrences {
  if (body === undefined) return occurrences;
  return {
    ...occurrences,
    uses: [...occurrences.uses.filter((use) => isInside(use, body)), ...returnsOf(body, table)],
  };
}

export function isInside(place: Place, body: FunctionBody | undefined): boolean {
  for (let at: FunctionBody | undefined = place.block.body; at !== undefined; at = at.at?.block.body) {
    if (at === body) return true;
  }
  return false;
}

/** Whether `first` is a step before the one that `then` is in, in a block around it. */
export function dominates(first: Place, then: Place): boolean {
  const at = placeIn(first.block, then);
  return at !== null && at.index > first.index;
}

/** The step of a block that leads to a place; null where none does. */
export function placeIn(block: Block, place: Place): Place | null {
  let at: Place | null = place;
  while (at !== null && at.block.depth > block.depth) at = at.block.at;
  return at?.block === block ? at : null;
}

/** The innermost block that has all the places in it, and the first step there that leads to one. */
function commonPlace(places: readonly Place[]): Place {
  const [first, ...others] = places;
  if (first === undefined) throw new Error("a variable without places is not placed");
  return others.reduce(commonOf, first);
}

function commonOf(left: Place, right: Place): Place {
  let a: Place | null = left;
  let b: Place | null = right;
  while (a !== null && b !== null && a.block !== b.block) {
    if (a.block.depth >= b.block.depth) a = a.block.at;
    else b = b.block.at;
  }
  if (a === null || b === null) throw new Error("two places of one workflow have a block in common");
  return a.index <= b.index ? a : b;
}

/** A value may be carried from one turn to the next: the declaration stands before the outermost loop of the function. */
function outsideLoops(home: Place): Place {
  let place = home;
  for (let at = home.block.at; at !== null && at.block.body === home.block.body; at = at.block.at) {
    if (at.block.sequence.steps[at.index]?.kind === "loop") place = at;
  }
  return place;
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
