import type { Expression, Variable } from "../ir/expression.ts";
import type { Region, RetryRule, Sequence, Step } from "../ir/program.ts";
import { ruleExpressions } from "../ir/visit.ts";

/** A body of statements in the module. */
export interface Block {
  readonly sequence: Sequence;
  /** The step that it is a part of; null for the body of the workflow. */
  readonly at: Place | null;
  readonly depth: number;
  readonly body: FunctionBody;
}

/** A step of a block. */
export interface Place {
  readonly block: Block;
  readonly index: number;
}

/** Code that becomes a function: of the workflow, a fork's branch, a turn of forEach or a container. */
export interface FunctionBody {
  readonly kind: "run" | "branch" | "turn" | "scope";
  readonly sequence: Sequence;
  /** Where in the function around it it is made; null for the workflow's. */
  readonly at: Place | null;
}

/** How the steps use a local variable. */
export interface Occurrences {
  readonly variable: Variable;
  readonly assignments: Place[];
  readonly uses: Place[];
}

export interface OccurrenceTable {
  readonly of: ReadonlyMap<Variable, Occurrences>;
  /** By the steps that they hold. */
  readonly blocks: ReadonlyMap<Sequence, Block>;
  /** Where each function returns: at its steps `finish`, and after its last step. */
  readonly returns: ReadonlyMap<Sequence, readonly Place[]>;
  readonly root: Block;
}

export function sequenceOf(region: Region): Sequence {
  if (region.kind !== "sequence")
    throw new Error(`a region of kind ${region.kind} reached emit: structure() makes sequences of all`);
  return region;
}

/** Finds where each local variable is assigned and used. */
export function findOccurrences(body: Sequence): OccurrenceTable {
  const of = new Map<Variable, Occurrences>();
  const blocks = new Map<Sequence, Block>();
  const returns = new Map<Sequence, Place[]>();

  function occurrencesOf(variable: Variable): Occurrences {
    let found = of.get(variable);
    if (found === undefined) {
      found = { variable, assignments: [], uses: [] };
      of.set(variable, found);
    }
    return found;
  }

  function assign(variable: Variable | null, place: Place): void {
    if (variable?.role === "local") occurrencesOf(variable).assignments.push(place);
  }

  function use(expression: Expression | null | undefined, place: Place): void {
    if (expression)
      forEachVariable(expression, (variable) => variable.role === "local" && occurrencesOf(variable).uses.push(place));
  }

  function useRules(rules: readonly RetryRule[], place: Place): void {
    for (const expression of rules.flatMap(ruleExpressions)) use(expression, place);
  }

  function enter(region: Region | null, at: Place | null, body: FunctionBody): Block | null {
    if (region === null) return null;
    const block: Block = { sequence: sequenceOf(region), at, depth: at === null ? 0 : at.block.depth + 1, body };
    blocks.set(block.sequence, block);
    for (const [index, step] of block.sequence.steps.entries()) visitStep(step, { block, index });
    return block;
  }

  function enterFunction(kind: FunctionBody["kind"], region: Region, at: Place): void {
    const sequence = sequenceOf(region);
    returns.set(sequence, []);
    const block = enter(sequence, at, { kind, sequence, at });
    if (block !== null) returns.get(sequence)?.push({ block, index: sequence.steps.length });
  }

  function visitStep(step: Step, place: Place): void {
    const { body } = place.block;
    switch (step.kind) {
      case "call":
        for (const value of [step.input, step.by?.more, step.credentials, step.timeoutMs, step.heartbeatMs])
          use(value, place);
        useRules(step.retry, place);
        return assign(step.result, place);
      case "assign":
        use(step.value, place);
        return assign(step.variable, place);
      case "evaluate":
        return use(step.value, place);
      case "decide":
        for (const each of step.cases) {
          use(each.when, place);
          enter(each.then, place, body);
        }
        return void enter(step.otherwise, place, body);
      case "fork":
        for (const branch of step.branches) {
          if (branch.after.kind === "count") for (const each of branch.after.branches) use(each.taken, place);
          enterFunction("branch", branch.body, place);
        }
        return;
      case "forEach":
        use(step.items, place);
        use(step.concurrency, place);
        use(step.by?.more, place);
        use(step.completion?.count, place);
        use(step.completion?.until, place);
        enterFunction("turn", step.body, place);
        return assign(step.result, place);
      case "loop":
        use(step.test, place);
        return void enter(step.body, place, body);
      case "block":
        return void enter(step.body, place, body);
      case "try":
        enter(step.body, place, body);
        for (const handler of step.handlers) {
          use(handler.when, place);
          enter(handler.body, place, body);
        }
        return void enter(step.finally, place, body);
      case "wait":
        return use(step.until.kind === "duration" ? step.until.ms : step.until.timestamp, place);
      case "receive":
        use(step.timeoutMs, place);
        return assign(step.result, place);
      case "scope":
        use(step.timeoutMs, place);
        useRules(step.retry, place);
        return enterFunction("scope", step.body, place);
      case "race":
        for (const { event } of step.alternatives) {
          if (event.kind !== "message") use(event.kind === "duration" ? event.ms : event.timestamp, place);
        }
        return assign(step.result, place);
      case "lock":
      case "cancellable":
        return enterFunction("scope", step.body, place);
      case "terminate":
        return use(step.value, place);
      case "finish":
        returns.get(body.sequence)?.push(place);
        return use(step.value, place);
      case "fail":
        use(step.error, place);
        return use(step.cause, place);
      case "visit":
      case "skip":
      case "control":
      case "break":
      case "continue":
      case "rethrow":
        return;
      default:
        return step satisfies never;
    }
  }

  const root = enter(body, null, { kind: "run", sequence: body, at: null });
  if (root === null) throw new Error("a workflow has a body");
  return { of, blocks, returns, root };
}

/** Calls `found` for each use of a variable in an expression. `inLambda`: inside a function of the expression. */
export function forEachVariable(
  expression: Expression,
  found: (variable: Variable, use: Expression, inLambda: boolean) => void,
  inLambda = false,
): void {
  const visit = (inner: Expression): void => forEachVariable(inner, found, inLambda);
  switch (expression.kind) {
    case "literal":
      return;
    case "variable":
      return found(expression.variable, expression, inLambda);
    case "array":
      return expression.items.forEach(visit);
    case "object":
      for (const member of expression.members) visit(member.value);
      return;
    case "member":
      return visit(expression.of);
    case "unary":
      return visit(expression.operand);
    case "binary":
      visit(expression.left);
      return visit(expression.right);
    case "conditional":
      if (expression.test.kind === "literal")
        return visit(expression.test.value === true ? expression.then : expression.otherwise);
      visit(expression.test);
      visit(expression.then);
      return visit(expression.otherwise);
    case "template":
      for (const part of expression.parts) if (typeof part !== "string") visit(part);
      return;
    case "call":
      return expression.args.forEach(visit);
    case "lambda":
      return forEachVariable(expression.body, found, true);
    default:
      return expression satisfies never;
  }
}
