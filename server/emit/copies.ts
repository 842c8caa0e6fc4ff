import type { Expression, Variable } from "../ir/expression.ts";
import type { Program, Region, Sequence, Step } from "../ir/program.ts";
import { mapRegions, regionsOf } from "../ir/regions.ts";
import { createSameType } from "../ir/same-type.ts";
import { type ObjectType, resolve, type Type } from "../ir/types.ts";
import { assignedBy } from "../ir/visit.ts";
import { canFail, substituteVariables } from "./fold.ts";
import { findOccurrences, type Place, sequenceOf } from "./occurrences.ts";
import { dominates, isInside, placeIn } from "./placement.ts";
import { createReadings } from "./readings.ts";
import { mapExpressions } from "./step-expressions.ts";

/** A variable that is assigned at more places than these is looked at no closer. */
const MAX_ASSIGNMENTS = 64;

/**
 * The same steps without values that are only stored to be copied or returned: `const x = …; y = x; return y` returns
 * the value. Nothing is evaluated at another time, but for what can neither fail nor change. Steps that this leaves
 * without a use are for `simplify` to drop. The same sequence where there is nothing to do.
 */
export function withoutCopies(body: Sequence, program: Program): Sequence {
  const table = findOccurrences(body);
  const readings = createReadings(table);
  const same = createSameType();
  const failures = new Set<Variable>();
  let hasChanged = false;

  /** Variables that stand for another all of the time. */
  const aliases = new Map<Variable, Variable>();
  for (const block of table.blocks.values()) for (const step of block.sequence.steps) collectFailures(step, failures);
  for (const [sequence, block] of table.blocks) {
    sequence.steps.forEach((step, index) => {
      if (step.kind !== "assign" || step.value.kind !== "variable") return;
      if (isAlias(step.variable, step.value.variable, { block, index }))
        aliases.set(step.variable, step.value.variable);
    });
  }

  function isAlias(variable: Variable, of: Variable, place: Place): boolean {
    const found = table.of.get(variable);
    if (found === undefined || found.assignments.length !== 1 || !same(variable.type, of.type) || failures.has(of))
      return false;
    if (!found.uses.every((use) => dominates(place, use))) return false;
    if (of.role !== "local") return true;
    const source = table.of.get(of);
    const [only] = source?.assignments ?? [];
    if (source === undefined || only === undefined || source.assignments.length > MAX_ASSIGNMENTS) return false;
    if (source.assignments.length === 1 && dominates(only, place)) return true;
    // The functions around this one wait for it, so that what they assign does not change meanwhile.
    return source.assignments.every(({ block: { body } }) => body !== place.block.body && isInside(place, body));
  }

  /** Whether nothing reads the variable after the step at `index`, up to the end of the function. */
  function isDeadAfter(variable: Variable, { block, index }: Place): boolean {
    const last = block.sequence.steps.at(-1);
    const endsFunction = last?.kind === "finish" || last?.kind === "fail" || last?.kind === "terminate";
    if (!endsFunction || isTried(block) || !readings.isAwaited(variable)) return false;
    return readings.lastUse(variable, block) <= index && readings.lastJump(block) <= index;
  }

  function change(region: Region, returned: Type | null): Sequence {
    const sequence = sequenceOf(region);
    const block = table.blocks.get(sequence);
    if (block === undefined) throw new Error("a block was not visited");
    const steps: (Step | null)[] = [...sequence.steps];
    for (const index of steps.keys()) shorten(steps, { block, index }, returned);
    const kept = steps.filter((step) => step !== null);
    return {
      kind: "sequence",
      steps: kept.map((step) =>
        mapRegions(renamed(step, aliases), (inner) =>
          change(inner, step.kind === "forEach" ? elementOf(step.result) : returned),
        ),
      ),
    };
  }

  function renamed(step: Step, names: ReadonlyMap<Variable, Variable>): Step {
    if (names.size === 0) return step;
    return mapExpressions(step, (expression) =>
      substituteVariables(expression, (variable) => {
        let found = variable;
        for (let next = names.get(found); next !== undefined; next = names.get(found)) found = next;
        return found;
      }),
    );
  }

  /** Looks at what becomes of the value that the step at `place` gives a variable. */
  function shorten(steps: (Step | null)[], place: Place, returned: Type | null): void {
    const step = steps[place.index];
    const variable = step && assignedBy(step);
    if (!step || !variable || variable.role !== "local" || aliases.has(variable)) return;
    if (isDeadAfter(variable, place)) {
      const isPure = step.kind === "assign" && !canFail(step.value);
      if (step.kind === "assign" && !isPure) return;
      steps[place.index] = step.kind === "assign" ? null : withResult(step, null);
      hasChanged = true;
      return;
    }
    if (
      step.kind === "assign" &&
      step.value.kind === "variable" &&
      forward(steps, place, variable, step.value.variable)
    )
      return;
    for (let index = place.index + 1; index < steps.length; index++) {
      const next = steps[index];
      if (!next) continue;
      if (next.kind === "visit" || next.kind === "skip") continue;
      if (next.kind === "finish") return returnValue(steps, place, { step: next, index }, variable, returned);
      if (next.kind !== "assign") return;
      if (isRead(next.value, variable)) {
        passOn(steps, place, next, index, variable);
        return;
      }
      if (next.value.kind !== "literal" || next.variable === variable) return;
    }
  }

  /** `x = …; y = x` is `y = …` where nothing else reads x. */
  function passOn(
    steps: (Step | null)[],
    place: Place,
    next: Step & { kind: "assign" },
    index: number,
    variable: Variable,
  ): void {
    const step = steps[place.index];
    const target = next.variable;
    if (!step || target === variable || target.role !== "local") return;
    const isOnly = table.of.get(variable)?.uses.length === 1;
    if (!isOnly && !isDeadAfter(variable, { block: place.block, index })) return;
    const between = steps.slice(place.index + 1, index);
    if (between.some((each) => each?.kind === "assign" && each.variable === target)) return;
    const fits =
      step.kind === "assign"
        ? hasNoExcess(step.value, target.type)
        : same(variable.type, target.type) || (step.kind === "call" && !step.builtin);
    if (!fits) return;
    steps[place.index] = withResult(step, target);
    steps[index] = null;
    hasChanged = true;
  }

  /** `x = …; return x` is `return …`. */
  function returnValue(
    steps: (Step | null)[],
    place: Place,
    { step: finish, index }: { readonly step: Step & { kind: "finish" }; readonly index: number },
    variable: Variable,
    returned: Type | null,
  ): void {
    const step = steps[place.index];
    if (!step || finish.value?.kind !== "variable" || finish.value.variable !== variable) return;
    if (step.kind === "assign") {
      if (canFail(step.value) || (returned !== null && !hasNoExcess(step.value, returned))) return;
      steps[index] = { ...finish, value: step.value };
      hasChanged = true;
      return;
    }
    // A variable of its own, which is then not declared at all.
    const uses = table.of.get(variable);
    if (uses === undefined || uses.uses.length + uses.assignments.length === 2) return;
    if (index !== place.index + 1 || isTried(place.block) || !readings.isAwaited(variable)) return;
    const own: Variable = { ...variable };
    steps[place.index] = withResult(step, own);
    steps[index] = { ...finish, value: { ...finish.value, variable: own } };
    hasChanged = true;
  }

  /** `x = y; … x …; x = f(x)` is `… y …; x = f(y)`. */
  function forward(steps: (Step | null)[], place: Place, variable: Variable, of: Variable): boolean {
    const { block } = place;
    if (failures.has(of) || !same(variable.type, of.type)) return false;
    if (isTried(block) || !readings.isAwaited(variable)) return false;
    const isOwn = readings.isOfOneFunction(variable);
    const isKnown = (step: Step): boolean => isOwn || regionsOf(step).length === 0;
    let end = place.index + 1;
    for (let step = steps[end]; step === null || (step && goesOn(step, variable) && isKnown(step)); step = steps[end])
      end++;
    const last = steps[end];
    if (!last || assignedBy(last) !== variable || !isKnown(last)) return false;
    const source = of.role === "local" ? (table.of.get(of)?.assignments ?? []) : [];
    const isStable =
      source.length <= MAX_ASSIGNMENTS &&
      source.every((assignment) => {
        const at = placeIn(block, assignment);
        if (at !== null) return at.index <= place.index || at.index > end;
        return isInside(place, assignment.block.body);
      });
    if (!isStable) return false;
    const names = new Map([[variable, of]]);
    for (let index = place.index + 1; index <= end; index++) {
      const step = steps[index];
      if (step) steps[index] = renamed(step, names);
    }
    steps[place.index] = null;
    hasChanged = true;
    return true;
  }

  const result = change(body, program.output);
  return hasChanged || aliases.size > 0 ? result : body;
}

function collectFailures(step: Step, failures: Set<Variable>): void {
  if (step.kind === "try") for (const { failure } of step.handlers) failures.add(failure);
  if (step.kind !== "call" && step.kind !== "scope") return;
  for (const { failure } of step.retry) if (failure !== null) failures.add(failure);
}

/** Whether a failure in the block is handled in its function, or something runs after it leaves. */
function isTried(block: Place["block"]): boolean {
  for (let inner = block; inner.at !== null && inner.at.block.body === block.body; inner = inner.at.block) {
    const step = inner.at.block.sequence.steps[inner.at.index];
    if (step?.kind === "try" && (step.body === inner.sequence || step.finally !== null)) return true;
  }
  return false;
}

/** Whether control always goes on behind the step, and the variable is as before. */
function goesOn(step: Step, variable: Variable): boolean {
  switch (step.kind) {
    case "decide":
    case "try":
    case "loop":
    case "block":
    case "break":
    case "continue":
    case "finish":
    case "fail":
    case "rethrow":
    case "terminate":
      return false;
    default:
      return assignedBy(step) !== variable;
  }
}

function withResult(step: Step, variable: Variable | null): Step {
  switch (step.kind) {
    case "assign":
      return variable === null ? step : { ...step, variable };
    case "call":
    case "receive":
    case "race":
    case "forEach":
      return { ...step, result: variable };
    default:
      return step;
  }
}

function isRead(expression: Expression, variable: Variable): boolean {
  return expression.kind === "variable" && expression.variable === variable;
}

function elementOf(result: Variable | null): Type | null {
  return result?.type.kind === "array" ? result.type.element : null;
}

/** Whether no object that is written out has members which its place does not know: TypeScript refuses those. */
function hasNoExcess(expression: Expression, to: Type): boolean {
  const target = resolve(to);
  if (target.kind === "unknown") return true;
  if (target.kind === "union") return !hasObject(expression) || target.of.some((each) => hasNoExcess(expression, each));
  switch (expression.kind) {
    case "object":
      return target.kind === "object" && hasOnlyKnown(expression, target);
    case "array":
      return (
        !hasObject(expression) ||
        (target.kind === "array" && expression.items.every((item) => hasNoExcess(item, target.element)))
      );
    case "conditional":
      return hasNoExcess(expression.then, to) && hasNoExcess(expression.otherwise, to);
    default:
      return true;
  }
}

function hasOnlyKnown(expression: Expression & { kind: "object" }, { members, additional }: ObjectType): boolean {
  return expression.members.every(({ key, value }) => {
    const wanted = members.get(key)?.type ?? (members.size === 0 ? additional : null);
    return wanted !== null && hasNoExcess(value, wanted);
  });
}

function hasObject(expression: Expression): boolean {
  switch (expression.kind) {
    case "object":
      return true;
    case "array":
      return expression.items.some(hasObject);
    case "conditional":
      return hasObject(expression.then) || hasObject(expression.otherwise);
    default:
      return false;
  }
}
