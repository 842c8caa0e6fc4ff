import type { Findings } from "../diagnostics/diagnostic.ts";
import type { Expression, Variable } from "../ir/expression.ts";
import type { Region, Step } from "../ir/program.ts";
import { regionsIn, stepsOf } from "../ir/regions.ts";
import { visitExpression } from "../ir/visit.ts";
import { storesOf } from "./assigned.ts";
import type { Facts } from "./facts.ts";

/** Loops whose condition is the same at each turn. One that always holds is asked about by `checkEndlessLoops`. */
export function checkUnchangingLoops({ regions }: Facts, findings: Findings): void {
  for (const region of regions) {
    for (const step of stepsOf(region)) {
      if (step.kind !== "loop" || step.test === null) continue;
      const why = whyUnchanging(step.test, step);
      const loop = step.origin.node || step.label;
      if (why !== "") findings.report("WF_CHECK_003", step.test.origin, { loop, why });
    }
  }
}

function whyUnchanging(test: Expression, { body, label }: Step & { kind: "loop" }): string {
  if (test.kind === "literal") return test.value === false ? "it never holds, so that no turn is ever run" : "";
  const reads = readsOf(test);
  if (reads === null || isChanged(reads, body) || endsItself(body, label)) return "";
  return "no turn changes what it depends on, so that the loop is passed over or does not end by itself";
}

/** The variables of an expression, each with the members that are looked at; null: as a whole. */
type Reads = ReadonlyMap<Variable, ReadonlySet<string> | null>;

/** Null for an expression whose value may differ by itself, such as the time. */
function readsOf(test: Expression): Reads | null {
  const reads = new Map<Variable, Set<string> | null>();
  const partly = new Set<Expression>();
  let isSteady = true;
  visitExpression(test, (part) => {
    if (part.kind === "call" && part.scope === true) isSteady = false;
    if (part.kind === "member" && part.of.kind === "variable") {
      const { variable } = part.of;
      partly.add(part.of);
      const known = reads.get(variable);
      if (known !== null) reads.set(variable, (known ?? new Set()).add(part.name));
    } else if (part.kind === "variable" && !partly.has(part)) reads.set(part.variable, null);
  });
  return isSteady ? reads : null;
}

function isChanged(reads: Reads, body: Region): boolean {
  return regionsIn(body).some((region) =>
    stepsOf(region).some((step) => {
      const stored = storesOf(step);
      const members = stored === null ? undefined : reads.get(stored.variable);
      return stored !== null && members !== undefined && !keeps(stored.value, stored.variable, members);
    }),
  );
}

/** Whether a variable is given the value that it has, at least in some members. */
function keeps(value: Expression | null, variable: Variable, members: ReadonlySet<string> | null): boolean {
  if (value === null) return false;
  if (value.kind === "variable") return value.variable === variable;
  if (value.kind !== "object" || members === null) return false;
  return [...members].every((name) => {
    const given = value.members.findLast(({ key }) => key === name)?.value;
    return (
      given?.kind === "member" && given.name === name && given.of.kind === "variable" && given.of.variable === variable
    );
  });
}

function endsItself(body: Region, label: string): boolean {
  return regionsIn(body).some((region) =>
    stepsOf(region).some((step) => step.kind === "terminate" || (step.kind === "break" && step.label === label)),
  );
}
