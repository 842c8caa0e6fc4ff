import type { Statement, TypeCode } from "../layout/syntax.ts";
import { assigns } from "./assigned.ts";
import type { Memory } from "./mentions.ts";

/** A variable or parameter that is in reach where statements are. */
export interface Local {
  /** Null: it stays where it is. Asked for only where it is written. */
  readonly type: (() => TypeCode) | null;
  /** How much is written in its type: 0 for a word. */
  readonly size: number;
  /** Whether it may change after it was declared. */
  readonly isMutable: boolean;
  /** Whether it may be read before it was assigned. */
  readonly isOptional: boolean;
  /** A promise is not returned by a part: that would wait for it. */
  readonly isPromise: boolean;
}

/** A variable of the same function, declared around a list of statements. */
export interface Held {
  readonly isAssigned: boolean;
  /** Whether what handles a failure sees what is assigned before it. */
  readonly isTried: boolean;
  /** Whether functions use it that go on meanwhile. */
  readonly isKept: boolean;
}

/** How a run of statements becomes a function. */
export interface Plan {
  readonly end: number;
  readonly parameters: readonly Typed[];
  /** Variables without a value yet, which it declares first. */
  readonly declared: readonly Typed[];
  readonly results: readonly Result[];
}

export interface Typed {
  readonly name: string;
  readonly type: () => TypeCode;
}

export interface Result extends Typed {
  readonly isUnsure: boolean;
  /** How the caller declares it; null: it has. */
  readonly declare: "const" | "let" | null;
}

export interface Knowledge {
  /** How much goes from what is before a statement of the list to what is from there on. */
  cost(index: number): number;
  /** Where a run from `start` to `end` at the latest must end, if it can be a function at all. */
  reach(start: number, end: number): number;
  /** Null where the run cannot be a function. `isEnd`: it is the end of the function, so that nobody needs what it assigns. */
  plan(start: number, end: number, isEnd?: boolean): Plan | null;
  /** The variables that are in reach of a block of a statement. */
  heldAt(index: number): ReadonlyMap<string, Held>;
}

/** More values are not handed over: nobody reads such a call. */
const maxValues = 16;
/** What stands for a whole run, and comes first in this order. */
const firstParameters = ["scope", "activities", "options", "parameters", "input"];

/** A variable that the list declares. */
interface Declaration {
  readonly index: number;
  readonly isConstant: boolean;
  /** The first statement before which it certainly has a value. */
  assignedFrom: number;
  lastMention: number;
  lastAssignment: number;
  lastReading: number;
  lastTrust: number;
}

export function knowledgeOf(
  list: readonly Statement[],
  held: ReadonlyMap<string, Held>,
  memory: Memory,
  local: (name: string) => Local | null,
): Knowledge {
  const declarations = new Map<string, Declaration>();
  /** Of variables that are declared around the list: the first statement before which they certainly have a value. */
  const assignedFrom = new Map<string, number>();
  const kept = new Set<string>();
  /** Of each statement that was asked about, the names that are not the module's. */
  const locals = new Map<number, readonly string[]>();
  for (const [name, { isAssigned }] of held) assignedFrom.set(name, isAssigned ? 0 : Number.POSITIVE_INFINITY);
  for (const [index, statement] of list.entries()) note(statement, index);
  const costs = costsOf();

  function note(statement: Statement, index: number): void {
    const mentions = memory.of(statement);
    for (const { name, isConstant, hasValue } of mentions.declared) {
      const from = hasValue ? index + 1 : Number.POSITIVE_INFINITY;
      declarations.set(name, {
        index,
        isConstant,
        assignedFrom: from,
        lastMention: index,
        lastAssignment: index,
        lastReading: index,
        lastTrust: index,
      });
    }
    for (const name of mentions.names) {
      const declaration = declarations.get(name);
      if (declaration !== undefined) declaration.lastMention = index;
    }
    for (const name of mentions.read) {
      const declaration = declarations.get(name);
      if (declaration === undefined) continue;
      declaration.lastReading = index;
      if (mentions.trusted.has(name)) declaration.lastTrust = index;
    }
    for (const name of mentions.kept) kept.add(name);
    for (const name of mentions.assigned) noteAssignment(statement, index, name);
  }

  function noteAssignment(statement: Statement, index: number, name: string): void {
    const declaration = declarations.get(name);
    if (declaration !== undefined) {
      declaration.lastAssignment = index;
      if (declaration.assignedFrom > index && assigns(statement, name)) declaration.assignedFrom = index + 1;
    } else if ((assignedFrom.get(name) ?? 0) > index && assigns(statement, name)) assignedFrom.set(name, index + 1);
  }

  function costsOf(): Float64Array {
    const changes = new Float64Array(list.length + 2);
    for (const [name, { index, lastMention }] of declarations) {
      if (lastMention <= index) continue;
      const cost = 1 + (local(name)?.size ?? 0) / 10;
      changes[index + 1] = (changes[index + 1] ?? 0) + cost;
      changes[lastMention + 1] = (changes[lastMention + 1] ?? 0) - cost;
    }
    for (let index = 1; index < changes.length; index++)
      changes[index] = (changes[index] ?? 0) + (changes[index - 1] ?? 0);
    return changes;
  }

  /** Whether a variable certainly has a value before a statement. */
  function isAssignedAt(name: string, index: number): boolean {
    const from = declarations.get(name)?.assignedFrom ?? assignedFrom.get(name);
    return from === undefined || (from <= index && !memory.unsure.has(name));
  }

  function isKept(name: string): boolean {
    return kept.has(name) || held.get(name)?.isKept === true;
  }

  /** Where a run that begins at `start` would end at the latest, because a longer one uses more than can be handed over. */
  function reach(start: number, end: number): number {
    const around = new Set<string>();
    for (let index = start; index < end; index++) {
      for (const name of localsOf(index)) {
        const declaration = declarations.get(name);
        if (declaration === undefined || declaration.index < start) around.add(name);
        if (around.size > 2 * maxValues + firstParameters.length) return index;
      }
    }
    return end;
  }

  function localsOf(index: number): readonly string[] {
    const found = locals.get(index) ?? [...mentionsAt(index)].filter((name) => local(name) !== null);
    locals.set(index, found);
    return found;
  }

  function mentionsAt(index: number): Iterable<string> {
    const statement = list[index];
    return statement === undefined ? [] : memory.of(statement).names;
  }

  /** Whether what a run declares is too much to be returned by it. */
  function returnsTooMuch(start: number, end: number): boolean {
    let count = 0;
    for (let index = start; index < end; index++) {
      const statement = list[index];
      for (const { name } of statement === undefined ? [] : memory.of(statement).declared)
        if ((declarations.get(name)?.lastMention ?? 0) >= end && local(name) !== null && ++count > maxValues)
          return true;
    }
    return false;
  }

  function plan(start: number, end: number, isEnd = false): Plan | null {
    if (returnsTooMuch(start, end)) return null;
    const parameters: Typed[] = [];
    const declared: Typed[] = [];
    const results: Result[] = [];
    const names = new Set<string>();
    const assigned = new Set<string>();
    const read = new Set<string>();
    const trusted = new Set<string>();
    for (const statement of list.slice(start, end)) {
      const mentions = memory.of(statement);
      for (const { name } of mentions.declared) names.add(name);
      for (const name of mentions.names) names.add(name);
      for (const name of mentions.assigned) assigned.add(name);
      for (const name of mentions.read) read.add(name);
      for (const name of mentions.trusted) trusted.add(name);
    }
    for (const name of names) {
      const known = local(name);
      if (known !== null && !planName(name, known)) return null;
    }
    if (results.length > maxValues || parameters.length > maxValues + firstParameters.length) return null;
    return { end, parameters: inOrder(parameters), declared, results };

    function planName(name: string, known: Local): boolean {
      const declaration = declarations.get(name);
      const isOfRun = declaration !== undefined && declaration.index >= start;
      // What follows would declare or assign what nothing reads.
      if (declaration !== undefined && declaration.lastMention >= end && declaration.lastReading < end) return false;
      if (isOfRun) return declaration.lastMention < end || planResult(name, known, declaration);
      if (!assigned.has(name)) return planParameter(name, known);
      return planChanged(name, known, declaration);
    }

    /** The type of a variable between two statements; null where it has no value there that all that follows can count on. */
    function typeAt(
      name: string,
      { type, isOptional }: Local,
      index: number,
      isTrusted: boolean,
    ): (() => TypeCode) | null {
      if (type === null || isAssignedAt(name, index)) return type;
      return isOptional && !isTrusted ? () => orUndefined(type()) : null;
    }

    /** What the run declares and what follows uses. */
    function planResult(name: string, known: Local, declaration: Declaration): boolean {
      const type = typeAt(name, known, end, declaration.lastTrust >= end);
      if (type === null || known.isPromise || !(declaration.isConstant || !isKept(name))) return false;
      results.push({
        name,
        type,
        isUnsure: !isAssignedAt(name, end),
        declare: declaration.lastAssignment >= end ? "let" : "const",
      });
      return true;
    }

    /** What the run only reads. */
    function planParameter(name: string, known: Local): boolean {
      const type = typeAt(name, known, start, trusted.has(name));
      const declaration = declarations.get(name);
      const isOwn = declaration !== undefined || held.has(name);
      const isConstant = declaration?.isConstant ?? !known.isMutable;
      if (type === null || !(isConstant || (isOwn && !isKept(name)))) return false;
      parameters.push({ name, type });
      return true;
    }

    /** Whether the run needs no value of a variable, because what it does with it first is to assign it. */
    function beginsWithAssignment(name: string): boolean {
      const first = list.slice(start, end).find((statement) => memory.of(statement).names.has(name));
      return first !== undefined && !memory.of(first).read.has(name) && assigns(first, name);
    }

    /** What is declared before the run, which assigns it. */
    function planChanged(name: string, known: Local, declaration: Declaration | undefined): boolean {
      const around = held.get(name);
      const isOwn = declaration !== undefined || (around !== undefined && !around.isTried);
      if (known.type === null || !isOwn || isKept(name)) return false;
      const isNeeded = !isEnd && (declaration === undefined || declaration.lastMention >= end);
      const isTrustedLater = declaration === undefined || declaration.lastTrust >= end;
      const given = typeAt(name, known, start, trusted.has(name));
      const gotten = typeAt(name, known, end, isTrustedLater);
      if (isNeeded ? gotten === null : !read.has(name)) return false;
      if (given !== null) parameters.push({ name, type: given });
      // Its declaration must not stay behind without a use.
      else if (beginsWithAssignment(name) && isNeeded) declared.push({ name, type: known.type });
      else return false;
      if (isNeeded && gotten !== null)
        results.push({ name, type: gotten, isUnsure: !isAssignedAt(name, end), declare: null });
      return true;
    }
  }

  return {
    cost: (index) => costs[index] ?? 0,
    reach,
    plan,
    heldAt(index) {
      const all = new Map(held);
      for (const [name, each] of all) all.set(name, { ...each, isAssigned: isAssignedAt(name, index) });
      for (const [name, { index: at, isConstant }] of declarations) {
        if (at >= index || isConstant) continue;
        all.set(name, { isAssigned: isAssignedAt(name, index), isTried: false, isKept: kept.has(name) });
      }
      return all;
    },
  };
}

export function orUndefined(type: TypeCode): TypeCode {
  const nothing: TypeCode = { kind: "word", text: "undefined" };
  return { kind: "union", of: type.kind === "union" ? [...type.of, nothing] : [type, nothing] };
}

function inOrder<P extends { readonly name: string }>(parameters: readonly P[]): readonly P[] {
  const first = firstParameters.flatMap((name) => parameters.filter((parameter) => parameter.name === name));
  return [...first, ...parameters.filter(({ name }) => !firstParameters.includes(name))];
}
