import type { ControlFlow, FlowEdge, FlowNode, FlowNodeKind } from "./artifact.ts";
import type { Origin } from "./diagnostics/diagnostic.ts";
import type { Expression } from "./ir/expression.ts";
import type { ForEachStep, ForkStep, Program, Region, Step, TryStep } from "./ir/program.ts";
import { regionsOf, stepsOf } from "./ir/regions.ts";

/** The longest label, in UTF-16 code units: a flowchart is looked at. */
const MAX_LABEL = 200;

/** An end that leads to whatever comes next. */
interface Open {
  readonly from: string;
  readonly label: string;
  readonly onFailure?: boolean;
}

/** Where control goes that leaves a region other than by its end. */
interface Exits {
  readonly breaks: ReadonlyMap<string, Open[]>;
  readonly continues: ReadonlyMap<string, Open[]>;
  /** Of the innermost body that can return. */
  readonly returns: Open[];
  /** Ids of nodes whose failure a handler takes; null: none does. */
  readonly failing: string[] | null;
}

/**
 * The flowchart of a structured program: what the definition calls a node, state or task, and the ways between. Steps that
 * only carry data are not in it.
 *
 * @param lineOf the line of a place in the definition, from 1.
 */
export function flowchartOf(program: Program, lineOf: (origin: Origin) => number): ControlFlow {
  const nodes: FlowNode[] = [];
  const edges = new Map<string, FlowEdge>();

  function connect(opens: readonly Open[], to: string, back = false): void {
    for (const { from, label, onFailure = false } of opens) {
      const key = JSON.stringify([from, to, onFailure]);
      const known = edges.get(key)?.label;
      const either = known === undefined || known === label ? label : known && label && `${known} or ${label}`;
      edges.set(key, { from, to, label: cut(either), onFailure, back });
    }
  }

  function add(kind: FlowNodeKind, label: string, origin: Origin | null, opens: readonly Open[]): string {
    const id = `n${nodes.length + 1}`;
    const place = origin === null || origin.pointer === "" ? null : origin;
    nodes.push({
      id,
      kind,
      label: cut(label),
      nodeId: place?.node.toWellFormed() ?? "",
      line: place === null ? 0 : lineOf(place),
    });
    connect(opens, id);
    return id;
  }

  function region(given: Region, opens: readonly Open[], exits: Exits): readonly Open[] {
    let current = opens;
    let visited: Step | null = null;
    for (const step of stepsOf(given)) {
      if (current.length === 0) break;
      if (step.kind === "visit") {
        if (visited !== null) current = place(visited, current, exits);
        visited = step.isSilent ? null : step;
      } else if (isVisible(step)) {
        // A choice of the definition is one decision: its name, and the ways out.
        const isChoice = visited !== null && step.kind === "decide";
        if (visited !== null && !isChoice) current = place(visited, current, exits);
        current = isChoice ? decide(step, current, exits, visited) : place(step, current, exits);
        visited = null;
      }
    }
    return visited === null || current.length === 0 ? current : place(visited, current, exits);
  }

  function node(kind: FlowNodeKind, label: string, step: Step, opens: readonly Open[], exits: Exits): readonly Open[] {
    const id = add(kind, label, step.origin, opens);
    exits.failing?.push(id);
    return [{ from: id, label: "" }];
  }

  function place(step: Step, opens: readonly Open[], exits: Exits): readonly Open[] {
    switch (step.kind) {
      case "visit":
        return node("step", step.step, step, opens, exits);
      case "call": {
        const callee = step.isSelf ? "the workflow itself" : step.activity;
        return node("step", callee === step.step ? callee : `${step.step}: ${callee}`, step, opens, exits);
      }
      case "decide":
        return decide(step, opens, exits, null);
      case "fork":
        return fork(step, step.origin, opens, exits);
      case "forEach":
        return forEach(step, step.origin, opens, exits);
      case "loop":
        return loop(step, opens, exits);
      case "block": {
        const breaks: Open[] = [];
        const inner = { ...exits, breaks: new Map([...exits.breaks, [step.label, breaks] as const]) };
        return [...region(step.body, opens, inner), ...breaks];
      }
      case "break":
        exits.breaks.get(step.label)?.push(...opens);
        return [];
      case "continue":
        exits.continues.get(step.label)?.push(...opens);
        return [];
      case "try":
        return attempt(step, opens, exits);
      case "wait": {
        const { until } = step;
        const how = until.kind === "duration" ? `${brief(until.ms)} ms` : `until ${brief(until.timestamp)}`;
        return node("wait", `${step.step}: ${how}`, step, opens, exits);
      }
      case "receive":
        return node("wait", `${step.step}: message on ${step.channel}`, step, opens, exits);
      case "race": {
        const ports = step.alternatives.map(({ port }) => port).join(", ");
        return node("wait", `${step.step}: first of ${ports}`, step, opens, exits);
      }
      case "scope": {
        const inside = step.step === "" ? opens : node("step", step.step, step, opens, exits);
        return returning(step.body, inside, exits);
      }
      case "lock":
        return region(step.body, node("step", `lock ${step.name}`, step, opens, exits), exits);
      case "cancellable":
        return region(step.body, opens, exits);
      case "control":
        return node("step", `${step.action} ${step.names.join(", ")}`.trimEnd(), step, opens, exits);
      case "terminate":
        add("end", `${step.step}: ends the run`, step.origin, opens);
        return [];
      case "finish":
        exits.returns.push(...opens);
        return [];
      case "fail":
        node("fail", `${step.step}: ${brief(step.error)}`, step, opens, exits);
        return [];
      case "rethrow":
        node("fail", "fails again", step, opens, exits);
        return [];
      case "assign":
      case "evaluate":
      case "skip":
        return opens;
      default:
        return step satisfies never;
    }
  }

  /** A body that can return by itself: what follows it comes next. */
  function returning(body: Region, opens: readonly Open[], exits: Exits): readonly Open[] {
    const returns: Open[] = [];
    return [...region(body, opens, { ...exits, returns }), ...returns];
  }

  function decide(
    step: Extract<Step, { readonly kind: "decide" }>,
    opens: readonly Open[],
    exits: Exits,
    visited: Step | null,
  ): readonly Open[] {
    const [first] = step.cases;
    const named = visited?.kind === "visit" ? visited.step : null;
    const isQuestion = named === null && step.cases.length === 1 && first !== undefined;
    const id = add("decision", named ?? (isQuestion ? brief(first.when) : "which?"), (visited ?? step).origin, opens);
    exits.failing?.push(id);
    const ways = step.cases.map(({ when, then }) => ({ label: isQuestion ? "yes" : brief(when), then }));
    const otherwise = [{ from: id, label: isQuestion ? "no" : "else" }];
    return [
      ...ways.flatMap(({ label, then }) => region(then, [{ from: id, label }], exits)),
      ...(step.otherwise === null ? otherwise : region(step.otherwise, otherwise, exits)),
    ];
  }

  function fork({ branches }: ForkStep, origin: Origin, opens: readonly Open[], exits: Exits): readonly Open[] {
    const id = add("fork", "all of", origin, opens);
    const ends = new Map<string, readonly Open[]>();
    const awaited = new Set<string>();
    for (const { name, after, body } of branches) {
      const names = after.kind === "all" ? after.branches : after.branches.map((branch) => branch.name);
      for (const one of names) awaited.add(one);
      const before = names.flatMap((one) => ends.get(one) ?? []);
      const label = after.kind === "count" ? `${after.count} of ${names.length}` : "";
      const start =
        before.length === 0
          ? [{ from: id, label: "" }]
          : before.map((open) => ({ ...open, label: [open.label, label].filter(Boolean).join("; ") }));
      ends.set(name, returning(body, start, exits));
    }
    const last = [...ends].flatMap(([name, open]) => (awaited.has(name) ? [] : open));
    return last.length === 0 ? [] : [{ from: add("join", "all done", origin, last), label: "" }];
  }

  function forEach(step: ForEachStep, origin: Origin, opens: readonly Open[], exits: Exits): readonly Open[] {
    const id = add("loop", `${step.step}: for each of ${brief(step.items)}`, origin, opens);
    exits.failing?.push(id);
    connect(returning(step.body, [{ from: id, label: "each" }], exits), id, true);
    return [{ from: id, label: "done" }];
  }

  function loop(step: Extract<Step, { readonly kind: "loop" }>, opens: readonly Open[], exits: Exits): readonly Open[] {
    const breaks: Open[] = [];
    const turns: Open[] = [];
    const inner: Exits = {
      ...exits,
      breaks: new Map([...exits.breaks, [step.label, breaks] as const]),
      continues: new Map([...exits.continues, [step.label, turns] as const]),
    };
    // Without a test the first node of the body is where it goes back to.
    const needsHead = step.test !== null || !stepsOf(step.body).some(isVisible);
    const head = needsHead
      ? add("loop", step.test === null ? step.label : `while ${brief(step.test)}`, step.origin, opens)
      : `n${nodes.length + 1}`;
    const start = needsHead ? [{ from: head, label: step.test === null ? "" : "yes" }] : opens;
    const before = nodes.length;
    turns.push(...region(step.body, start, inner));
    if (needsHead || nodes.length > before) connect(turns, head, true);
    return step.test === null ? breaks : [{ from: head, label: "no" }, ...breaks];
  }

  function attempt({ body, handlers, finally: last }: TryStep, opens: readonly Open[], exits: Exits): readonly Open[] {
    const failing: string[] = [];
    const ends = [...region(body, opens, { ...exits, failing })];
    for (const { when, body: handler } of handlers) {
      const label = when === null ? "failure" : brief(when);
      ends.push(
        ...region(
          handler,
          failing.map((from) => ({ from, label, onFailure: true })),
          exits,
        ),
      );
    }
    if (!handlers.some(({ when }) => when === null)) exits.failing?.push(...failing);
    return last === null ? ends : region(last, ends, exits);
  }

  const returns: Open[] = [];
  const start = add("start", program.name, null, []);
  const exits: Exits = { breaks: new Map(), continues: new Map(), returns, failing: null };
  const rest = region(program.body, [{ from: start, label: "" }], exits);
  if (rest.length + returns.length > 0) add("end", "end", null, [...rest, ...returns]);
  return { nodes, edges: [...edges.values()] };
}

/** Whether a step is more than data being carried: it is shown, or control leaves by it. */
function isVisible(step: Step): boolean {
  switch (step.kind) {
    case "assign":
    case "evaluate":
    case "skip":
      return false;
    case "visit":
      return !step.isSilent;
    case "decide":
    case "fork":
    case "try":
    case "block":
    case "cancellable":
      return regionsOf(step).some((inner) => stepsOf(inner).some(isVisible));
    default:
      return true;
  }
}

/** An expression as people would write it down, without types; what is long is left out. */
function brief(expression: Expression): string {
  switch (expression.kind) {
    case "literal":
      return typeof expression.value === "object" ? "…" : JSON.stringify(expression.value);
    case "variable":
      return expression.variable.name;
    case "member":
      return `${brief(expression.of)}.${expression.name}`;
    case "unary":
      return `${expression.operator}${brief(expression.operand)}`;
    case "binary":
      return `${operand(expression.left)} ${expression.operator} ${operand(expression.right)}`;
    case "call":
      return briefCall(expression);
    case "array":
    case "object":
    case "conditional":
    case "template":
    case "lambda":
      return "…";
    default:
      return expression satisfies never;
  }
}

function operand(expression: Expression): string {
  return expression.kind === "binary" ? `(${brief(expression)})` : brief(expression);
}

/** `choiceAt(data, ["look", "status"])` reads a path: `data.look.status`. */
function briefCall({ fn, args }: Extract<Expression, { readonly kind: "call" }>): string {
  const [of, path] = args;
  if (fn.endsWith("At") && of !== undefined && path?.kind === "array")
    return [of, ...path.items].map(segment).join(".");
  return `${fn}(${args.map(brief).join(", ")})`;
}

function segment(expression: Expression): string {
  return expression.kind === "literal" ? String(expression.value) : brief(expression);
}

function cut(label: string): string {
  const plain = label.toWellFormed();
  return plain.length <= MAX_LABEL ? plain : `${plain.slice(0, MAX_LABEL - 1).toWellFormed()}…`;
}
