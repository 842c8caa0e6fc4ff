import type { Code, Statement, TypeCode } from "../layout/syntax.ts";
import { leaves } from "../reachability.ts";
import { type Held, type Knowledge, knowledgeOf, type Local, type Plan, type Typed } from "./knowledge.ts";
import { createMemory } from "./mentions.ts";
import { declarationOf, nameCode, objectOf, resultType } from "./results.ts";
import { withoutUnread } from "./unread.ts";
import { createScales } from "./weight.ts";

interface Parameter {
  readonly name: string;
  readonly type: TypeCode;
}

/** A function of the module that was a part of a longer one. */
export interface Part {
  readonly name: string;
  readonly isAsync: boolean;
  readonly parameters: readonly Parameter[];
  /** Without the promise of it. */
  readonly result: TypeCode;
  readonly body: readonly Statement[];
}

export interface Cutter {
  /** The statements of a function that returns `result`, with calls of parts in place of what is too much for one function. */
  cut(statements: readonly Statement[], result: () => TypeCode): readonly Statement[];
  /** In the order of their calls. */
  readonly parts: readonly Part[];
}

interface Surroundings {
  /** What is known of a variable or parameter where statements are cut; null for names of the whole module. */
  local(name: string): Local | null;
  /** A name for what runs from one node of the definition to another. */
  partName(first: string, last: string): string;
  /** A name for an object of the values that a part returns. */
  resultName(): string;
}

/** Fewer statements than this share of the most are not worth a function. */
const minShare = 0.4;
/** Boundaries that are tried before a statement is left where it is. */
const maxTries = 8;

/** A place between two statements of a list. */
interface Candidate {
  readonly index: number;
  readonly cost: number;
  /** From where a part would be just as long as the others. */
  readonly distance: number;
}

/** Statements with which no run could begin, and what was behind the longest of these: they are not tried again as long as it is. */
type Tried = Map<Statement, Statement | null>;

/** Where a list of statements is. */
interface Around {
  /** Variables of the function that are declared outside of the list. */
  readonly held: ReadonlyMap<string, Held>;
  /** What the function returns; null where a part cannot return in its place, because a `try` is around. */
  readonly result: (() => TypeCode) | null;
  /** Whether the function ends where the list does. */
  readonly isLast: boolean;
}

/**
 * Cuts functions of more than `limit` statements into parts. TypeScript follows the control flow of a function back from
 * each use of what is declared outside of it, so that the cost of checking a long one grows with its square, and it refuses
 * the longest (error 2563). Parts are runs of statements that control enters at the top and leaves at the end; where returns are in
 * the way, all up to the end of the function. They are cut where few values go from one to the other.
 */
export function createCutter(limit: number, surroundings: Surroundings): Cutter {
  const parts: Part[] = [];
  /** The nodes that each part begins and ends with. */
  const covered = new Map<string, readonly string[]>();
  const scales = createScales();
  const memory = createMemory();
  const least = Math.max(2, Math.ceil(limit * minShare));

  function cutList(list: readonly Statement[], around: Around): readonly Statement[] {
    let current = withoutUnread(cutInside(list, around), memory);
    const tried: Tried = new Map();
    for (;;) {
      if (scales.ofAll(current) <= limit) return current;
      const shorter = cutRuns(current, around, tried);
      if (shorter === current) break;
      current = shorter;
    }
    return cutEnd(current, around);
  }

  /** Cuts the blocks of statements. */
  function cutInside(list: readonly Statement[], around: Around): readonly Statement[] {
    if (list.every((statement) => scales.of(statement) <= limit)) return list;
    const knowledge = knowledgeOf(list, around.held, memory, surroundings.local);
    return list.map((statement, index) => {
      if (scales.of(statement) <= limit) return statement;
      const isLast = around.isLast && index === list.length - 1;
      return cutBlocks(statement, { ...around, held: knowledge.heldAt(index), isLast });
    });
  }

  function cutBlocks(statement: Statement, around: Around): Statement {
    const block = (inner: readonly Statement[]): readonly Statement[] => cutList(inner, around);
    switch (statement.kind) {
      case "if":
        return {
          ...statement,
          cases: statement.cases.map(({ test, then }) => ({ test, then: block(then) })),
          otherwise: statement.otherwise && block(statement.otherwise),
        };
      case "while":
        return { ...statement, body: cutList(statement.body, { ...around, isLast: false }) };
      case "block":
        return { ...statement, body: block(statement.body) };
      case "try": {
        // What is assigned before a failure is seen by what handles it, which the copy that a part has is not.
        const held = new Map(Array.from(around.held, ([name, each]) => [name, { ...each, isTried: true }]));
        const tried: Around = { held, result: null, isLast: false };
        const { handler, finalizer } = statement;
        return {
          ...statement,
          body: cutList(statement.body, tried),
          handler: handler && { ...handler, body: cutList(handler.body, finalizer === null ? around : tried) },
        };
      }
      default:
        return statement;
    }
  }

  function cutRuns(list: readonly Statement[], around: Around, tried: Tried): readonly Statement[] {
    const knowledge = knowledgeOf(list, around.held, memory, surroundings.local);
    const isClosed = (index: number): boolean => {
      const statement = list[index];
      if (statement === undefined || scales.of(statement) > limit || leaves([statement])) return false;
      const { returns, jumps } = memory.of(statement);
      return !returns && !jumps;
    };
    const weights = scales.upTo(list);
    const result: Statement[] = [];
    let index = 0;
    let end = 0;
    while (index < list.length) {
      if (end <= index) for (end = index; isClosed(end); ) end++;
      const run = runFrom(list, index, end, weights, knowledge, tried);
      if (run === null) {
        const statement = list[index++];
        if (statement !== undefined) result.push(statement);
      } else {
        result.push(...callOf(list.slice(index, run.end), run));
        index = run.end;
      }
    }
    return result.length === list.length && result.every((statement, at) => statement === list[at]) ? list : result;
  }

  /** The best run of statements that begins at `start` and ends at `end` at the latest. */
  function runFrom(
    list: readonly Statement[],
    start: number,
    end: number,
    weights: Float64Array,
    knowledge: Knowledge,
    tried: Tried,
  ): Plan | null {
    const before = weights[start] ?? 0;
    const rest = (weights[end] ?? 0) - before;
    const furthest = furthestWithin(limit, start, end, weights);
    const [first, behind] = [list[start], list[furthest] ?? null];
    if (rest < least || first === undefined || tried.get(first) === behind) return null;
    const ideal = rest / Math.ceil(rest / limit);
    const candidates: Candidate[] = [];
    const reach = knowledge.reach(start, furthest);
    for (let index = start + 1; index <= reach; index++) {
      const weight = (weights[index] ?? 0) - before;
      if (weight >= least) candidates.push({ index, cost: knowledge.cost(index), distance: Math.abs(weight - ideal) });
    }
    for (const { index } of bestOf(candidates)) {
      const plan = knowledge.plan(start, index);
      const callWeight = plan?.results.length ?? 0;
      if (plan !== null && (weights[index] ?? 0) - before > 1 + callWeight) return plan;
    }
    tried.set(first, behind);
    return null;
  }

  /** Makes a part of a run of statements, and calls it. */
  function callOf(run: readonly Statement[], plan: Plan): readonly Statement[] {
    const isAsync = run.some((statement) => memory.of(statement).awaits);
    const values = plan.results.map(({ name }) => name);
    for (const { name, isUnsure } of plan.results) if (isUnsure) memory.unsure.add(name);
    const [first] = values;
    const origin = null;
    const returned: Statement[] =
      first === undefined
        ? []
        : [{ kind: "return", value: values.length === 1 ? nameCode(first) : objectOf(values), origin }];
    const result = resultType(plan.results);
    const body = [...plan.declared.map(declarationOf), ...run, ...returned];
    const call = callPart(run, plan.parameters, isAsync, result, () => body);
    const start = run[0]?.origin ?? null;
    if (first === undefined) return [{ kind: "expression", value: call, origin: start }];
    const isNew = plan.results.every((each) => each.declare !== null);
    if (isNew) {
      const keyword = plan.results.some(({ declare }) => declare === "let") ? "let" : "const";
      const target =
        values.length === 1 ? ({ kind: "name", name: first } as const) : ({ kind: "names", names: values } as const);
      return [{ kind: "declare", keyword, target, type: null, value: call, origin: start }];
    }
    if (values.length === 1) return [{ kind: "assign", target: first, value: call, origin: start }];
    return unpack(plan, call, start);
  }

  /** `const results = await part(…); a = results.a; const b = results.b;` */
  function unpack(plan: Plan, call: Code, origin: Statement["origin"]): readonly Statement[] {
    const results = surroundings.resultName();
    const statements: Statement[] = [
      { kind: "declare", keyword: "const", target: { kind: "name", name: results }, type: null, value: call, origin },
    ];
    for (const { name, declare } of plan.results) {
      const value: Code = { kind: "member", of: nameCode(results), name, optional: false };
      statements.push(
        declare === null
          ? { kind: "assign", target: name, value, origin: null }
          : { kind: "declare", keyword: declare, target: { kind: "name", name }, type: null, value, origin: null },
      );
    }
    return statements;
  }

  function callPart(
    run: readonly Statement[],
    typed: readonly Typed[],
    isAsync: boolean,
    result: TypeCode,
    body: () => readonly Statement[],
  ): Code {
    const parameters = typed.map(({ name, type }) => ({ name, type: type() }));
    const nodes = run.flatMap(nodesOf);
    const name = surroundings.partName(nodes[0] ?? "", nodes.at(-1) ?? "");
    const index = parts.length;
    parts.splice(index, 0, { name, isAsync, parameters, result, body: body() });
    covered.set(name, nodes);
    const call: Code = { kind: "call", callee: name, args: parameters.map((parameter) => nameCode(parameter.name)) };
    return isAsync ? { kind: "await", argument: call } : call;
  }

  /** The first and the last node of the definition that a statement runs. */
  function nodesOf(statement: Statement): readonly string[] {
    const { kind, origin } = statement;
    const value = kind === "declare" || kind === "expression" || kind === "assign" ? statement.value : null;
    const call = value?.kind === "await" ? value.argument : value;
    const part = call?.kind === "call" ? covered.get(call.callee) : undefined;
    if (part !== undefined) return [part[0], part.at(-1)].filter((node) => node !== undefined);
    if (origin !== null && origin.node !== "") return [origin.node];
    return call?.kind === "call" ? call.args.flatMap(nodesOfFunction) : [];
  }

  function nodesOfFunction(code: Code): readonly string[] {
    if (code.kind !== "arrow") return [];
    if (!("kind" in code.body)) return code.body.flatMap(nodesOf).slice(0, 1);
    return code.origin && code.origin.node !== "" ? [code.origin.node] : [];
  }

  /** Makes a part of all up to the end of the list, which returns what the function does: about half of it, and then again. */
  function cutEnd(list: readonly Statement[], around: Around): readonly Statement[] {
    const { result } = around;
    if (result === null || scales.ofAll(list) <= limit || !(around.isLast || leaves(list))) return list;
    const knowledge = knowledgeOf(list, around.held, memory, surroundings.local);
    const found = findEnd(list, knowledge);
    if (found === null) return list;
    const { start, plan } = found;
    const end = list.slice(start);
    const held = new Map<string, Held>();
    for (const { name } of plan.parameters) held.set(name, { isAssigned: true, isTried: false, isKept: false });
    const mark = parts.length;
    const call = callPart(end, plan.parameters, true, result(), () =>
      cutEnd([...plan.declared.map(declarationOf), ...end], { held, result, isLast: true }),
    );
    const later = parts.splice(mark);
    const origin = end[0]?.origin ?? null;
    const first = cutEnd([...list.slice(0, start), { kind: "return", value: call, origin }], around);
    parts.push(...later);
    return first;
  }

  /** Where in the middle of a list its second half begins best. */
  function findEnd(
    list: readonly Statement[],
    knowledge: Knowledge,
  ): { readonly start: number; readonly plan: Plan } | null {
    const total = scales.ofAll(list);
    const count = Math.ceil(total / limit);
    const ideal = (total * Math.floor(count / 2)) / count;
    const lastJump = list.findLastIndex((statement) => memory.of(statement).jumps);
    const candidates: Candidate[] = [];
    let weight = 0;
    for (const [index, statement] of list.entries()) {
      weight += scales.of(statement);
      const distance = Math.abs(weight - ideal);
      if (index < lastJump || weight < least || total - weight < least || distance > limit / 2) continue;
      candidates.push({ index: index + 1, cost: knowledge.cost(index + 1), distance });
    }
    for (const { index } of bestOf(candidates)) {
      const plan = knowledge.plan(index, list.length, true);
      if (plan !== null && plan.declared.length < least) return { start: index, plan };
    }
    return null;
  }

  return {
    parts,
    cut: (statements, result) => cutList(statements, { held: new Map(), result, isLast: true }),
  };
}

function furthestWithin(limit: number, start: number, end: number, weights: Float64Array): number {
  let index = start;
  while (index < end && (weights[index + 1] ?? 0) - (weights[start] ?? 0) <= limit) index++;
  return index;
}

function bestOf(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.toSorted((a, b) => a.cost - b.cost || a.distance - b.distance).slice(0, maxTries);
}
