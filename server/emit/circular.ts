import type { Expression, Variable } from "../ir/expression.ts";
import type { Region, Sequence, Step } from "../ir/program.ts";
import { regionsOf } from "../ir/regions.ts";
import { resolve } from "../ir/types.ts";
import { expressionsOf, visitExpression } from "../ir/visit.ts";
import { sequenceOf } from "./occurrences.ts";
import type { Placement } from "./placement.ts";

/**
 * Constants whose type TypeScript cannot infer (error 7022): in a loop they are made of a variable whose type is narrowed
 * by what it was given in the turn before, and that was made of them. It may find too many, never too few.
 */
export function circularConstants(body: Sequence, placement: Placement): ReadonlySet<Variable> {
  const found = new Set<Variable>();

  function walk(region: Region, links: Links | null): void {
    for (const step of sequenceOf(region).steps) {
      const around = links ?? (step.kind === "loop" ? createLinks(placement) : null);
      if (around !== null) addStep(step, around);
      // What a function captures has its declared type there.
      for (const inner of regionsOf(step)) walk(inner, isFunction(step) ? null : around);
      if (links === null && around !== null) for (const variable of around.circular()) found.add(variable);
    }
  }

  walk(body, null);
  return found;
}

function isFunction({ kind }: Step): boolean {
  return kind === "fork" || kind === "forEach" || kind === "scope" || kind === "lock" || kind === "cancellable";
}

function addStep(step: Step, links: Links): void {
  const variable = "result" in step ? step.result : step.kind === "assign" ? step.variable : null;
  for (const expression of expressionsOf(step)) {
    const mentioned = variablesIn(expression);
    if (variable !== null) links.add(variable, mentioned);
    // A comparison narrows each side by the type of the other.
    if (step.kind === "decide" || step.kind === "loop") for (const each of mentioned) links.add(each, mentioned);
  }
}

function variablesIn(expression: Expression): readonly Variable[] {
  const variables: Variable[] = [];
  visitExpression(expression, (part) => {
    if (part.kind === "variable") variables.push(part.variable);
  });
  return variables;
}

/** Which variables of a loop TypeScript looks at to tell the types of which. */
interface Links {
  add(variable: Variable, mentioned: readonly Variable[]): void;
  /** The constants that are made of a variable that their own type depends on. */
  circular(): readonly Variable[];
}

function createLinks(placement: Placement): Links {
  const links = new Map<Variable, Set<Variable>>();
  return {
    add(variable, mentioned) {
      const known = links.get(variable) ?? new Set();
      links.set(variable, known);
      for (const each of mentioned) if (each !== variable || !isConstant(each)) known.add(each);
    },
    circular() {
      const open = [...links.keys()].filter((variable) => isConstant(variable) || isNarrowed(variable));
      const left = onCycles(open, links);
      return [...left].filter(
        (variable) => isConstant(variable) && mentions(variable).some((each) => left.has(each) && !isConstant(each)),
      );
    },
  };

  function isConstant(variable: Variable): boolean {
    return placement.of(variable) === "const";
  }

  /** Only union types are narrowed by assignments; `boolean` is one. */
  function isNarrowed(variable: Variable): boolean {
    const declaration = placement.of(variable);
    const { kind } = resolve(variable.type);
    return declaration === "optional" || (declaration === "let" && (kind === "union" || kind === "boolean"));
  }

  function mentions(variable: Variable): readonly Variable[] {
    return [...(links.get(variable) ?? [])];
  }
}

/** What is left of a graph without the nodes that lead nowhere, and then without those that nothing leads to. */
function onCycles(
  nodes: readonly Variable[],
  links: ReadonlyMap<Variable, ReadonlySet<Variable>>,
): ReadonlySet<Variable> {
  const left = new Set(nodes);
  const forwards = new Map(nodes.map((node) => [node, [...(links.get(node) ?? [])].filter((to) => left.has(to))]));
  const backwards = new Map(nodes.map((node): [Variable, Variable[]] => [node, []]));
  for (const [node, targets] of forwards) for (const target of targets) backwards.get(target)?.push(node);
  peel(left, forwards, backwards);
  peel(left, backwards, forwards);
  return left;
}

type Neighbours = ReadonlyMap<Variable, readonly Variable[]>;

function peel(left: Set<Variable>, next: Neighbours, before: Neighbours): void {
  const degrees = new Map<Variable, number>();
  for (const node of left) degrees.set(node, (next.get(node) ?? []).filter((each) => left.has(each)).length);
  const ends = [...left].filter((node) => degrees.get(node) === 0);
  for (const end of ends) {
    left.delete(end);
    for (const node of before.get(end) ?? []) {
      const degree = (degrees.get(node) ?? 0) - 1;
      degrees.set(node, degree);
      if (degree === 0 && left.has(node)) ends.push(node);
    }
  }
}
