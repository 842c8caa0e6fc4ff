import type { Findings, Origin } from "../diagnostics/diagnostic.ts";
import type { Variable } from "../ir/expression.ts";
import type { Flow, ForkStep, Link, Step, Task } from "../ir/program.ts";
import { stepsOf } from "../ir/regions.ts";
import { variablesAssigned } from "./assigned.ts";
import { type Facts, type FlowFacts, nameOf } from "./facts.ts";

/** Values that two paths store in the same place, so that one of them is lost. */
export function checkConcurrentWrites(facts: Facts, findings: Findings): void {
  let total: ReadonlyMap<Variable, number> | null = null;
  for (const region of facts.regions) {
    if (region.kind === "flow") checkFlow(region, facts.flow(region), findings);
    for (const step of stepsOf(region)) {
      if (step.kind === "fork") checkFork(step, step.origin, findings);
      if (step.kind !== "forEach" || isSequential(step)) continue;
      total ??= variablesAssigned(facts.program.body);
      checkTurns(step, total, findings);
    }
  }
}

/** Links to one port. Where a join goes on with the first of several, losing the others is what is wanted. */
function checkFlow(flow: Flow, facts: FlowFacts, findings: Findings): void {
  if (!facts.guards.exact) return;
  for (const task of flow.tasks) {
    if (task.isHidden || task.incoming.length < 2 || task.join.kind === "first" || task.join.kind === "count") continue;
    for (const [variable, links] of linksByVariable(task)) checkPort(task, variable, links, facts, findings);
  }
}

function linksByVariable(task: Task): ReadonlyMap<Variable, readonly Link[]> {
  const writers = new Map<Variable, Link[]>();
  for (const link of task.incoming) {
    for (const step of link.steps) {
      if (step.kind !== "assign") continue;
      const known = writers.get(step.variable);
      if (known === undefined) writers.set(step.variable, [link]);
      else known.push(link);
    }
  }
  return writers;
}

function checkPort(
  task: Task,
  variable: Variable,
  links: readonly Link[],
  { guards, called }: FlowFacts,
  findings: Findings,
): void {
  const taken = links.map((link) => guards.taken(link));
  for (const [index, link] of links.entries()) {
    const rival = taken.findIndex((other, place) => place < index && !guards.exclusive(other, taken[index] ?? other));
    const first = rival < 0 ? undefined : links[rival];
    if (first === undefined || first.from === link.from) continue;
    const port = variable.name.startsWith(`${nameOf(task)} `)
      ? variable.name.slice(nameOf(task).length + 1)
      : variable.name;
    const by = ({ from }: Link): string => `the connection from \`${called(from)}\``;
    const params = { value: `\`${nameOf(task)}.${port}\``, first: by(first), second: by(link) };
    findings.report("WF_CHECK_004", link.origin, params);
    return;
  }
}

function checkFork({ branches }: ForkStep, origin: Origin, findings: Findings): void {
  const writers = new Map<Variable, string>();
  const waits = new Map(branches.map(({ name, after }) => [name, namesOf(after)]));
  for (const branch of branches) {
    for (const variable of variablesAssigned(branch.body).keys()) {
      const first = writers.get(variable);
      writers.set(variable, branch.name);
      if (first === undefined || waitsFor(branch.name, first, waits) || waitsFor(first, branch.name, waits)) continue;
      const by = (name: string): string => `branch \`${name}\``;
      findings.report("WF_CHECK_004", origin, {
        value: `\`${variable.name}\``,
        first: by(first),
        second: by(branch.name),
      });
    }
  }
}

function namesOf(after: ForkStep["branches"][number]["after"]): readonly string[] {
  return after.kind === "all" ? after.branches : after.branches.map(({ name }) => name);
}

function waitsFor(name: string, other: string, waits: ReadonlyMap<string, readonly string[]>): boolean {
  const found = new Set([name]);
  for (const one of found) for (const before of waits.get(one) ?? []) found.add(before);
  return found.has(other);
}

type Turns = Step & { readonly kind: "forEach" };

function isSequential({ concurrency }: Turns): boolean {
  return concurrency?.kind === "literal" && typeof concurrency.value === "number" && concurrency.value <= 1;
}

/** A variable that is stored outside of the loop too belongs to all turns together. */
function checkTurns(step: Turns, total: ReadonlyMap<Variable, number>, findings: Findings): void {
  for (const [variable, count] of variablesAssigned(step.body)) {
    if ((total.get(variable) ?? 0) <= count) continue;
    const params = { value: `\`${variable.name}\``, first: `a turn of \`${step.step}\``, second: "the next one" };
    findings.report("WF_CHECK_004", step.origin, params);
  }
}
