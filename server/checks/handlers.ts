import type { Findings, Origin } from "../diagnostics/diagnostic.ts";
import type { Expression } from "../ir/expression.ts";
import { stepsOf } from "../ir/regions.ts";
import type { Facts } from "./facts.ts";

/** Handlers and retry rules that never have their turn, because those before them take all their errors. */
export function checkHandlers({ regions }: Facts, findings: Findings): void {
  for (const region of regions) {
    if (region.kind === "jumps") {
      for (const { origin, end } of region.blocks.values())
        if (end.kind === "attempt") checkList("catcher", end.handlers, origin, findings);
    }
    if (region.kind === "flow") {
      for (const { origin, choice } of region.tasks)
        if (choice.kind === "failure") checkList("handler", choice.handlers, origin, findings);
    }
    for (const step of stepsOf(region)) {
      if (step.kind === "try") checkList("handler", step.handlers, step.origin, findings);
      if (step.kind === "call" || step.kind === "scope") checkList("retrier", step.retry, step.origin, findings);
    }
  }
}

function checkList(
  what: string,
  list: readonly { readonly when: Expression | null }[],
  origin: Origin,
  findings: Findings,
): void {
  if (list.length < 2) return;
  const taken = new Set<string>();
  for (const [index, { when }] of list.entries()) {
    const names = namesOf(when);
    if (names === null) continue;
    if (taken.has(anyError) || (names.length > 0 && names.every((name) => taken.has(name)))) {
      const why = "those before it take the same errors";
      const params = { case: `${what} ${index + 1}`, node: origin.node, why };
      const at = when?.origin ?? origin;
      findings.report("WF_CHECK_006", at, params, { fixes: removeEntry(what, at) });
    }
    for (const name of names) taken.add(name);
  }
}

/** The entry as it stands in its list, of which the names are a field. */
function removeEntry(what: string, { pointer }: Origin) {
  const end = "/ErrorEquals";
  return pointer.endsWith(end)
    ? [{ title: `Remove the ${what}`, patch: [{ op: "remove" as const, path: pointer.slice(0, -end.length) }] }]
    : [];
}

/** The name by which the Amazon States Language means every error. */
const anyError = "States.ALL";

/** The errors that a test takes; null where that is not plain from it. */
function namesOf(when: Expression | null): readonly string[] | null {
  if (when === null) return [anyError];
  if (when.kind === "call" && when.fn === "matchesError") {
    const [, names] = when.args;
    return names?.kind === "array" ? textsOf(names.items) : null;
  }
  const names: string[] = [];
  const open = [when];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    if (part.kind !== "binary") return null;
    if (part.operator === "||") open.push(part.left, part.right);
    else if (part.operator === "===" && part.right.kind === "literal" && typeof part.right.value === "string")
      names.push(part.right.value);
    else return null;
  }
  return names;
}

function textsOf(items: readonly Expression[]): readonly string[] | null {
  const texts = items.flatMap((item) =>
    item.kind === "literal" && typeof item.value === "string" ? [item.value] : [],
  );
  return texts.length < items.length ? null : texts;
}
