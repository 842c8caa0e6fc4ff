import type { Findings, Fix, Origin } from "../diagnostics/diagnostic.ts";
import type { Expression } from "../ir/expression.ts";
import type { Block, Flow, Jumps, Task } from "../ir/program.ts";
import { stepsOf } from "../ir/regions.ts";
import { type Atom, type AtomReader, createAtomReader } from "./atoms.ts";
import { type Facts, type FlowFacts, nameOf } from "./facts.ts";

/** Cases that come too late, values that no case takes, and outcomes that nothing follows. */
export function checkDecisions(facts: Facts, findings: Findings): void {
  const reader = createAtomReader();
  for (const region of facts.regions) {
    if (region.kind === "flow") checkFlow(region, facts.flow(region), reader, findings);
    if (region.kind === "jumps") checkJumps(region, reader, findings);
    for (const step of stepsOf(region)) {
      if (step.kind === "decide") coverageOf(step.cases, step.origin, () => false, reader, findings);
    }
  }
}

/** What the cases of a decision leave to the rest. */
interface Coverage {
  /** Whether some case always holds. */
  readonly isTotal: boolean;
  /** The values that no case takes, where all cases are about one value that has only a few. */
  readonly missing: { readonly subject: string; readonly values: readonly string[] } | null;
}

/** Reports cases that can never be chosen. `mayRemove`: whether the case at an index can be taken out alone. */
function coverageOf(
  cases: readonly { readonly when: Expression }[],
  origin: Origin,
  mayRemove: (index: number) => boolean,
  reader: AtomReader,
  findings: Findings,
): Coverage {
  const taken = new Map<string, Set<string | number | boolean>>();
  const atoms: (Atom | null)[] = [];
  let isTotal = false;
  for (const [index, { when }] of cases.entries()) {
    const atom = when.kind === "literal" ? null : reader.atom(when);
    atoms.push(atom);
    const values = atom === null ? null : (taken.get(atom.subject) ?? new Set());
    const why = isTotal
      ? totalBefore
      : when.kind === "literal" && when.value === false
        ? neverHolds
        : lateWhy(atom, values);
    if (why !== "") {
      const params = { case: `case ${index + 1}`, node: origin.node, why };
      findings.report("WF_CHECK_006", when.origin, params, { fixes: mayRemove(index) ? removeCase(when.origin) : [] });
    }
    if (when.kind === "literal" && when.value === true) isTotal = true;
    if (atom === null || values === null) continue;
    for (const value of atom.values) values.add(value);
    taken.set(atom.subject, values);
    if (atom.domain?.every((value) => values.has(value))) isTotal = true;
  }
  return { isTotal, missing: isTotal ? null : missingOf(atoms, taken) };
}

const totalBefore = "the cases before it take everything";
const neverHolds = "its condition never holds";

function lateWhy(atom: Atom | null, before: ReadonlySet<string | number | boolean> | null): string {
  if (atom === null || before === null) return "";
  if (atom.values.size === 0) return neverHolds;
  return [...atom.values].every((value) => before.has(value)) ? "a case before it takes the same" : "";
}

/** The case as it stands in the list: its condition is a field of it. */
function removeCase({ pointer }: Origin): readonly Fix[] {
  const end = "/when";
  return pointer.endsWith(end)
    ? [{ title: "Remove the case", patch: [{ op: "remove", path: pointer.slice(0, -end.length) }] }]
    : [];
}

/** Of very many values the first are enough to tell. */
const maxShown = 10;

function missingOf(
  atoms: readonly (Atom | null)[],
  taken: ReadonlyMap<string, ReadonlySet<string | number | boolean>>,
): Coverage["missing"] {
  const [first] = atoms;
  if (first?.of == null || first.domain === null || atoms.length < 2) return null;
  if (atoms.some((atom) => atom?.subject !== first.subject)) return null;
  const left = first.domain.filter((value) => !taken.get(first.subject)?.has(value));
  const values = left.map((value) => JSON.stringify(value));
  return {
    subject: shownPath(first.of),
    values: values.length > maxShown ? [...values.slice(0, maxShown), "…"] : values,
  };
}

function shownPath(expression: Expression): string {
  const names: string[] = [];
  let part = expression;
  for (; part.kind === "member"; part = part.of) names.unshift(part.name);
  return part.kind === "variable" ? `\`${[part.variable.name, ...names].join(".")}\`` : "the value";
}

function checkFlow(flow: Flow, facts: FlowFacts, reader: AtomReader, findings: Findings): void {
  for (const task of flow.tasks) {
    if (task.choice.kind !== "cases" || task.isHidden || facts.isDead(task.id)) continue;
    const { cases, otherwise } = task.choice;
    const connected = connectedOutcomes(task, facts);
    const mayRemove = (index: number): boolean => !connected.has(cases[index]?.outcome ?? "");
    const coverage = coverageOf(cases, task.origin, mayRemove, reader, findings);
    // What has no connection at all, or one only, is a branch that is meant to end there.
    if (connected.size < 2) continue;
    const total = coverage.isTotal ? [] : [otherwise];
    for (const outcome of [...cases.map((one) => one.outcome), ...total])
      if (!connected.has(outcome))
        reportOutcome(task, outcome, outcome === otherwise ? coverage.missing : null, findings);
  }
}

function connectedOutcomes(task: Task, { next }: FlowFacts): ReadonlySet<string> {
  return new Set(
    next(task.id).flatMap(({ incoming }) =>
      incoming.flatMap(({ from, outcome }) => (from === task.id && outcome !== null ? [outcome] : [])),
    ),
  );
}

function reportOutcome(task: Task, outcome: string, missing: Coverage["missing"], findings: Findings): void {
  const node = nameOf(task);
  // The last port of a component that chooses one is the only value without a case.
  if (missing === null || (missing.values.length === 1 && missing.values[0] === JSON.stringify(outcome))) {
    const effect = "what follows is then skipped";
    findings.report("WF_CHECK_007", task.origin, { node, outcome, effect });
  } else {
    const params = { node, subject: missing.subject, missing: missing.values.join(", "), port: outcome };
    findings.report("WF_CHECK_005", task.origin, params);
  }
}

function checkJumps(jumps: Jumps, reader: AtomReader, findings: Findings): void {
  for (const block of jumps.blocks.values()) {
    if (block.end.kind !== "branch") continue;
    const { isTotal } = coverageOf(block.end.cases, block.origin, () => false, reader, findings);
    const error = failureOf(jumps.blocks.get(block.end.otherwise), block);
    if (isTotal || error === null) continue;
    const effect = `where no rule holds it fails with \`${error}\``;
    findings.report("WF_CHECK_007", block.origin, { node: block.origin.node, outcome: "Default", effect });
  }
}

/** The error that a state itself fails with where it finds no case. */
function failureOf(otherwise: Block | undefined, { origin, label }: Block): string | null {
  const last = otherwise?.steps.at(-1);
  if (otherwise?.label === label || otherwise?.origin.pointer !== origin.pointer || last?.kind !== "fail") return null;
  return last.error.kind === "literal" ? String(last.error.value) : null;
}
