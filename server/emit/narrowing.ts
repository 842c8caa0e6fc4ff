import type { Expression, Variable } from "../ir/expression.ts";
import { resolve } from "../ir/types.ts";
import {
  agreed,
  assignment,
  condense,
  createFacts,
  eitherOf,
  type Fact,
  isPresenceTest,
  keep,
  literalsOf,
  literalsOfMember,
  literalsOfType,
  memberPath,
  oneOf,
  PRESENCE,
  possible,
  remaining,
  tellingMembers,
  variableOf,
} from "./narrowing-facts.ts";

/**
 * Follows how TypeScript narrows types, because it refuses to compare what it thinks can never be equal
 * (error 2367) and a definition may well do so. It may know too many facts, never too few.
 */
export interface Narrowing {
  /** Runs `inside` with what is known where a condition holds, or does not; null: with no condition. */
  within<T>(condition: Expression | null, holds: boolean, inside: () => T): T;
  /** From here on, the condition holds, or does not. */
  learn(condition: Expression, holds: boolean): void;
  /** From here on, the variable has this value. */
  assigned(variable: Variable, value: Expression): void;
  /** A function returns the variable here. */
  returned(variable: Variable): void;
  /** From here on, the variable has what a function returned. */
  received(variable: Variable): void;
  /** Runs a block: what is learned in it is forgotten after it. */
  block<T>(inside: () => T): T;
  /** Begins paths that meet again. */
  merge(): Merge;
  /** Whether TypeScript thinks that nothing is left of a value but null and undefined. */
  isAbsent(value: Expression): boolean;
  /** Whether TypeScript thinks that none of the objects is left that a value can be: it then knows no member of it. */
  isExhausted(value: Expression): boolean;
  /** Whether TypeScript would refuse to compare the two. */
  refuses(left: Expression, right: Expression): boolean;
}

/** Paths that meet again: after them holds what all of them agree on. */
export interface Merge {
  /** Runs a path that begins with a condition. It does not reach the meeting point where its result `leaves`. */
  arm<T>(condition: Expression | null, holds: boolean, inside: () => T, leaves: (result: T) => boolean): T;
  /** A path comes from here. */
  site(): void;
  /** The meeting point. */
  end(): void;
}

export function createNarrowing(): Narrowing {
  const facts = createFacts();
  const identities = new Map<Variable, number>();
  const whereTrue = new WeakMap<Expression, readonly Fact[]>();
  const whereFalse = new WeakMap<Expression, readonly Fact[]>();
  /** What is left of variables, and of their members, where functions return them; null: without number. */
  const returns = new Map<Variable, ReadonlyMap<string, ReadonlySet<string> | null>>();
  /** Variables that something was ever learned of: most have none, and are not looked for among the facts. */
  const known = new Set<string>();

  function add(learned: readonly Fact[]): void {
    for (const fact of learned) {
      const variable = variableOf(fact.path);
      if (fact.isOneOf || fact.literals.size > 0) known.add(variable);
      if (known.has(variable)) facts.add(fact);
    }
  }

  function left(path: string | null, declared: ReadonlySet<string> | null): ReadonlySet<string> | null {
    return path === null || !known.has(variableOf(path)) ? declared : remaining([facts], path, declared);
  }

  function pathOfVariable(variable: Variable): string {
    const identity = identities.get(variable) ?? identities.size;
    identities.set(variable, identity);
    return String(identity);
  }

  function pathOf(expression: Expression): string | null {
    if (expression.kind === "variable") return pathOfVariable(expression.variable);
    if (expression.kind !== "member") return null;
    const of = pathOf(expression.of);
    return of === null ? null : memberPath(of, expression.name);
  }

  /** Of `has(a.b)`: whether a value is there is kept beside what it can be. */
  function pathOfTested(condition: Expression): string | null {
    const [value] = condition.kind === "call" && isPresenceTest(condition.fn) ? condition.args : [];
    const path = value === undefined ? null : pathOf(value);
    return path === null ? null : memberPath(path, PRESENCE);
  }

  /** Of long conditions every part is asked about. */
  function factsOf(condition: Expression, holds: boolean): readonly Fact[] {
    const known = holds ? whereTrue : whereFalse;
    const facts = known.get(condition) ?? findFacts(condition, holds);
    known.set(condition, facts);
    return facts;
  }

  function findFacts(condition: Expression, holds: boolean): readonly Fact[] {
    if (condition.kind === "unary" && condition.operator === "!") return factsOf(condition.operand, !holds);
    const path = pathOf(condition);
    if (path !== null)
      return [
        { path, isOneOf: true, literals: new Set([String(holds)]), declared: literalsOf(condition), isNew: false },
      ];
    const tested = pathOfTested(condition);
    if (tested !== null)
      return [{ path: tested, isOneOf: true, literals: new Set([String(holds)]), declared: null, isNew: false }];
    if (condition.kind !== "binary") return [];
    const { operator, left, right } = condition;
    if (operator === "&&" || operator === "||") {
      const both = [factsOf(left, holds), factsOf(right, holds)] as const;
      return (operator === "&&") === holds ? condense(both.flat()) : eitherOf(both[0], both[1]);
    }
    if (operator !== "===" && operator !== "!==") return [];
    return [
      ...comparison(left, right, (operator === "===") === holds),
      ...comparison(right, left, (operator === "===") === holds),
    ];
  }

  function comparison(side: Expression, other: Expression, isEqual: boolean): readonly Fact[] {
    const path = pathOf(side);
    const isOpen = isEqual && ["unknown", "union"].includes(resolve(side.type).kind);
    const literals = isOpen ? possible(other) : literalsOf(other);
    return path === null || literals === null || (!isEqual && literals.size > 1)
      ? []
      : [{ path, isOneOf: isEqual, literals, declared: literalsOf(side), isNew: false }];
  }

  /** An object that is assigned tells its alternative of a union apart. */
  function membersAssigned(path: string, variable: Variable, value: Expression): readonly Fact[] {
    const of = pathOf(value);
    return tellingMembers(variable.type).flatMap(({ name, declared }) => {
      const written = value.kind === "object" ? value.members.find(({ key }) => key === name)?.value : undefined;
      const given = written === undefined ? literalsOfMember(value.type, name) : literalsOf(written);
      return oneOf(memberPath(path, name), left(of === null ? null : memberPath(of, name), given), declared);
    });
  }

  function run<T>(learned: readonly Fact[], inside: () => T): T {
    const before = facts.length;
    add(learned);
    const result = inside();
    facts.truncate(before);
    return result;
  }

  function merge(): Merge {
    const start = facts.length;
    const sites: (readonly Fact[])[] = [];
    const site = (): void => void sites.push(facts.from(start));
    return {
      site,
      arm: (condition, holds, inside, leaves) =>
        run(condition === null ? [] : factsOf(condition, holds), () => {
          const result = inside();
          if (!leaves(result)) site();
          return result;
        }),
      end() {
        facts.truncate(start);
        add(agreed(sites, facts));
      },
    };
  }

  return {
    merge,
    within: (condition, holds, inside) => run(condition === null ? [] : factsOf(condition, holds), inside),
    learn: (condition, holds) => add(factsOf(condition, holds)),
    assigned(variable, value) {
      const path = pathOfVariable(variable);
      // TypeScript narrows to what is assigned where the declared type is a union, which boolean is too, and infers the
      // type of a constant from what is left of its value's.
      const isNarrowed = literalsOfType(variable.type) !== null || pathOf(value) !== null;
      const isUnion = resolve(variable.type).kind === "union";
      const literals =
        isNarrowed || isUnion ? left(pathOf(value), isUnion ? possible(value) : literalsOf(value)) : null;
      add([assignment(path, literals, variable), ...membersAssigned(path, variable, value)]);
    },
    returned(variable) {
      const path = pathOfVariable(variable);
      const here = new Map([[path, left(path, literalsOfType(variable.type))]]);
      for (const { name, declared } of tellingMembers(variable.type))
        here.set(memberPath(path, name), left(memberPath(path, name), declared));
      const before = returns.get(variable);
      for (const [each, literals] of before ?? []) {
        const other = here.get(each) ?? null;
        here.set(each, literals && other && new Set([...literals, ...other]));
      }
      returns.set(variable, here);
    },
    received(variable) {
      const path = pathOfVariable(variable);
      const known = returns.get(variable);
      const members = tellingMembers(variable.type).flatMap(({ name, declared }) =>
        oneOf(memberPath(path, name), known?.get(memberPath(path, name)) ?? null, declared),
      );
      add([assignment(path, known?.get(path) ?? null, variable), ...members]);
    },
    block: (inside) => run([], inside),
    isAbsent(value) {
      const path = pathOf(value);
      if (path === null) return false;
      const isThere = left(memberPath(path, PRESENCE), null);
      const literals = left(path, literalsOf(value));
      return isThere?.has("true") === false || (literals !== null && isJustNull(literals));
    },
    isExhausted(value) {
      const path = pathOf(value);
      if (path === null || !known.has(variableOf(path))) return false;
      return tellingMembers(value.type).some(
        ({ name, declared }) => left(memberPath(path, name), declared)?.size === 0,
      );
    },
    refuses(one, other) {
      const ofLeft = left(pathOf(one), possible(one));
      const ofRight = left(pathOf(other), possible(other));
      return (
        ofLeft !== null &&
        ofRight !== null &&
        !isJustNull(ofLeft) &&
        !isJustNull(ofRight) &&
        keep(ofLeft, ofRight).size === 0
      );
    },
  };
}

/** Only null itself can be compared with anything, not what may be null. */
function isJustNull(literals: ReadonlySet<string>): boolean {
  return literals.size === 1 && literals.has("null");
}
