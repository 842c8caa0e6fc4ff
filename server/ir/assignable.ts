import { showMember, showType } from "./show-type.ts";
import {
  invalid,
  type LiteralType,
  type MemberType,
  type ObjectType,
  resolve,
  type TupleType,
  type Type,
  type UnionType,
} from "./types.ts";

/** Where two types differ: `path` leads to it from the value, such as `.customer.name`, `[]` or `[0]`; "" is the value itself. */
export interface Mismatch {
  readonly path: string;
  readonly found: string;
  readonly expected: string;
}

type Resolved = ReturnType<typeof resolve>;

/** Comparisons of pairs in one question; more means a definition made to be slow. */
const MAX_STEPS = 100_000;
/** Beneath what the stack bears with room to spare: declared types can be chained far deeper than documents nest. */
const MAX_DEPTH = 400;

/**
 * Whether each value of `from` may stand where `to` is wanted: null if so, else the first place where it may not.
 * It accepts nothing that the TypeScript compiler refuses of the printed types, and refuses some that it accepts:
 * `number` for `integer`, `string` for `{}`. Recursive types are equal as far as they can be followed (Amadio and
 * Cardelli, Subtyping Recursive Types, 1993): a pair that is asked again while it is being compared counts as assignable.
 */
export function isAssignable(from: Type, to: Type): Mismatch | null {
  return createComparison()(from, to, 0);
}

type Compare = (from: Type, to: Type, depth: number) => Mismatch | null;

function createComparison(): Compare {
  const known = new Map<Type, Map<Type, Mismatch | null>>();
  /** Pairs found assignable, in order: those found under an assumption that failed are forgotten again. */
  const trail: [Type, Type][] = [];
  let steps = 0;

  const compare: Compare = (from, to, depth) => {
    if (from === to || to.kind === "unknown" || from === invalid || from.kind === "never") return null;
    const source = resolve(from);
    const target = resolve(to);
    if (source === target || target.kind === "unknown" || source === invalid || source.kind === "never") return null;
    if (isFlat(source) && isFlat(target)) return compareFlat(source, target) ? null : differ(from, to);
    const answer = known.get(source)?.get(target);
    if (answer !== undefined) return answer;
    if (++steps > MAX_STEPS || depth > MAX_DEPTH)
      return { path: "", found: "a type too large to compare", expected: showType(to) };
    return remember(source, target, () => compareResolved(source, target, from, to, depth + 1, compare));
  };

  const remember = (from: Type, to: Type, decide: () => Mismatch | null): Mismatch | null => {
    const row = known.get(from) ?? new Map<Type, Mismatch | null>();
    known.set(from, row);
    row.set(to, null);
    const before = trail.push([from, to]) - 1;
    const mismatch = decide();
    if (mismatch === null) return null;
    for (const [a, b] of trail.splice(before)) known.get(a)?.delete(b);
    row.set(to, mismatch);
    return mismatch;
  };
  return compare;
}

function differ(from: Type, to: Type): Mismatch {
  return { path: "", found: showType(from), expected: showType(to) };
}

function within(step: string, mismatch: Mismatch | null): Mismatch | null {
  return mismatch === null ? null : { ...mismatch, path: `${step}${mismatch.path}`.slice(0, 500) };
}

/** Without parts of its own. */
function isFlat(type: Resolved): boolean {
  return type.kind !== "array" && type.kind !== "tuple" && type.kind !== "object" && type.kind !== "union";
}

function compareFlat(from: Resolved, to: Resolved): boolean {
  if (from.kind === "literal") return acceptsLiteral(to, from);
  return from.kind === to.kind ? from.kind !== "unknown" : from.kind === "integer" && to.kind === "number";
}

function acceptsLiteral(to: Resolved, { value }: LiteralType): boolean {
  if (to.kind === "literal") return to.value === value;
  if (to.kind === "integer") return Number.isInteger(value);
  return to.kind === typeof value;
}

function compareResolved(
  from: Resolved,
  to: Resolved,
  shownFrom: Type,
  shownTo: Type,
  depth: number,
  compare: Compare,
): Mismatch | null {
  if (from.kind === "union") {
    for (const alternative of from.of) {
      const mismatch = compare(alternative, shownTo, depth);
      if (mismatch !== null) return mismatch;
    }
    return null;
  }
  if (to.kind === "union") return compareToUnion(from, to, differ(shownFrom, shownTo), depth, compare);
  if (from.kind === "array" && to.kind === "array") return within("[]", compare(from.element, to.element, depth));
  if (from.kind === "array" && to.kind === "tuple" && to.elements.length === 0 && to.rest !== null)
    return within("[]", compare(from.element, to.rest, depth));
  if (from.kind === "tuple" && to.kind === "array") return compareEach(from, to.element, depth, compare);
  if (from.kind === "tuple" && to.kind === "tuple")
    return compareTuples(from, to, differ(shownFrom, shownTo), depth, compare);
  if (from.kind === "object" && to.kind === "object")
    return compareObjects(from, to, differ(shownFrom, shownTo), depth, compare);
  return differ(shownFrom, shownTo);
}

interface Alternatives {
  readonly literals: ReadonlySet<unknown>;
  readonly others: readonly Type[];
}

const known = new WeakMap<UnionType, Alternatives>();

/** The literals of a union and what else it has, so that comparing two enumerations takes linear time. */
function alternativesOf(type: UnionType): Alternatives {
  const present = known.get(type);
  if (present !== undefined) return present;
  const literals = new Set(
    type.of.flatMap((alternative) => (alternative.kind === "literal" ? [alternative.value] : [])),
  );
  const made = { literals, others: type.of.filter((alternative) => alternative.kind !== "literal") };
  known.set(type, made);
  return made;
}

function compareToUnion(
  from: Resolved,
  to: UnionType,
  differs: Mismatch,
  depth: number,
  compare: Compare,
): Mismatch | null {
  const isLiteral = from.kind === "literal";
  if (isLiteral && alternativesOf(to).literals.has(from.value)) return null;
  let alike: Mismatch | null = null;
  let alikes = 0;
  for (const alternative of isLiteral ? alternativesOf(to).others : to.of) {
    const mismatch = compare(from, alternative, depth);
    if (mismatch === null) return null;
    if (resolve(alternative).kind !== from.kind) continue;
    alikes++;
    alike = mismatch;
  }
  return alikes === 1 && alike !== null && alike.path !== "" ? alike : differs;
}

function compareEach(from: TupleType, element: Type, depth: number, compare: Compare): Mismatch | null {
  for (const [index, type] of from.elements.entries()) {
    const mismatch = within(`[${index}]`, compare(type, element, depth));
    if (mismatch !== null) return mismatch;
  }
  return from.rest === null ? null : within("[]", compare(from.rest, element, depth));
}

function compareTuples(
  from: TupleType,
  to: TupleType,
  differs: Mismatch,
  depth: number,
  compare: Compare,
): Mismatch | null {
  if (from.elements.length < to.elements.length) return differs;
  if (to.rest === null && (from.rest !== null || from.elements.length > to.elements.length)) return differs;
  for (const [index, type] of from.elements.entries()) {
    const target = to.elements[index] ?? to.rest;
    const mismatch = target === null ? differs : within(`[${index}]`, compare(type, target, depth));
    if (mismatch !== null) return mismatch;
  }
  return from.rest === null || to.rest === null ? null : within("[]", compare(from.rest, to.rest, depth));
}

function compareObjects(
  from: ObjectType,
  to: ObjectType,
  differs: Mismatch,
  depth: number,
  compare: Compare,
): Mismatch | null {
  for (const [name, wanted] of to.members) {
    const mismatch = within(showMember(name), compareMember(from, name, wanted, depth, compare));
    if (mismatch !== null) return mismatch;
  }
  if (hasNothingInCommon(from, to)) return differs;
  if (to.additional === null) return null;
  for (const [name, member] of from.members) {
    const mismatch = to.members.has(name) ? null : within(showMember(name), compare(member.type, to.additional, depth));
    if (mismatch !== null) return mismatch;
  }
  return from.additional === null ? null : within("[]", compare(from.additional, to.additional, depth));
}

function compareMember(
  from: ObjectType,
  name: string,
  wanted: MemberType,
  depth: number,
  compare: Compare,
): Mismatch | null {
  const given = from.members.get(name);
  if (given !== undefined) {
    if (wanted.required && !given.required)
      return { path: "", found: `${showType(given.type)}, or absent`, expected: showType(wanted.type) };
    return compare(given.type, wanted.type, depth);
  }
  const lacking = whyNeeded(name, wanted);
  if (lacking !== null) return { path: "", found: lacking, expected: showType(wanted.type) };
  return from.additional === null ? null : compare(from.additional, wanted.type, depth);
}

/**
 * Whether every object of JavaScript has such a member. TypeScript compares it with an optional member of that name where
 * the value itself lacks one.
 */
export function isInherited(name: string): boolean {
  return name in Object.prototype && !name.startsWith("__");
}

/** What to say of a value that lacks a member; null where it may. */
export function whyNeeded(name: string, member: MemberType): string | null {
  if (member.required) return "absent";
  if (!isInherited(name) || resolve(member.type).kind === "unknown") return null;
  return "absent, which JavaScript takes for its own method of that name";
}

/** TypeScript takes it for a mistake to give an object none of whose members the target knows ("weak type", TS 2.4). */
function hasNothingInCommon(from: ObjectType, to: ObjectType): boolean {
  if (to.members.size === 0 || from.members.size === 0) return false;
  for (const [name, member] of to.members) if (member.required || from.members.has(name)) return false;
  return true;
}
