import type { Code, Statement } from "./layout/syntax.ts";

/** Ways from the beginning of statements on which nothing is awaited. */
interface Ways {
  /** One comes to their end. */
  readonly falls: boolean;
  /** Others leave by these jumps; a plain one is to the innermost loop. */
  readonly jumps: ReadonlySet<string>;
}

const none: Ways = { falls: false, jumps: new Set() };
const through: Ways = { falls: true, jumps: new Set() };

/** Whether a loop may go round without awaiting anything, so that nothing else would have its turn meanwhile. */
export function mayNotWait(body: readonly Statement[], label: string | null): boolean {
  const { falls, jumps } = waysOf(body);
  return falls || jumps.has("continue") || (label !== null && jumps.has(`continue ${label}`));
}

function waysOf(statements: readonly Statement[]): Ways {
  const jumps = new Set<string>();
  for (const statement of statements) {
    const ways = waysThrough(statement);
    for (const jump of ways.jumps) jumps.add(jump);
    if (!ways.falls) return { falls: false, jumps };
  }
  return { falls: true, jumps };
}

function waysThrough(statement: Statement): Ways {
  switch (statement.kind) {
    case "declare":
      return statement.value !== null && awaits(statement.value) ? none : through;
    case "assign":
    case "expression":
      return awaits(statement.value) ? none : through;
    case "return":
    case "throw":
      return none;
    case "break":
    case "continue":
      return { falls: false, jumps: new Set([jumpTo(statement.kind, statement.label)]) };
    case "if":
      return anyOf([...statement.cases.map(({ then }) => waysOf(then)), waysOf(statement.otherwise ?? [])]);
    case "block": {
      const { falls, jumps } = waysOf(statement.body);
      return without({ falls: falls || jumps.has(jumpTo("break", statement.label)), jumps }, [statement.label]);
    }
    case "while": {
      const { label, test, body } = statement;
      const inner = waysOf(body);
      const isEndless = test.kind === "keyword" && test.keyword === "true";
      const leaves = [null, label].some((to) => inner.jumps.has(jumpTo("break", to)));
      return without({ falls: !isEndless || leaves, jumps: inner.jumps }, [null, label]);
    }
    case "try": {
      const { body, handler, finalizer } = statement;
      const tried = anyOf([waysOf(body), handler !== null && mayFailBeforeWaiting(body) ? waysOf(handler.body) : none]);
      const last = waysOf(finalizer ?? []);
      return last.falls ? { falls: tried.falls, jumps: new Set([...tried.jumps, ...last.jumps]) } : last;
    }
    default:
      return statement satisfies never;
  }
}

function jumpTo(kind: "break" | "continue", label: string | null): string {
  return label === null ? kind : `${kind} ${label}`;
}

function without({ falls, jumps }: Ways, labels: readonly (string | null)[]): Ways {
  const ended = new Set(labels.flatMap((label) => [jumpTo("break", label), jumpTo("continue", label)]));
  return { falls, jumps: new Set([...jumps].filter((jump) => !ended.has(jump))) };
}

function anyOf(ways: readonly Ways[]): Ways {
  return { falls: ways.some(({ falls }) => falls), jumps: new Set(ways.flatMap(({ jumps }) => [...jumps])) };
}

/** Whether what is awaited first is given what has to be worked out, which may fail. */
function mayFailBeforeWaiting(body: readonly Statement[]): boolean {
  const [first] = body;
  const value = first !== undefined && "value" in first ? first.value : null;
  if (value?.kind !== "await" || value.argument.kind !== "call") return true;
  return value.argument.args.some((arg) => callsSomething(arg));
}

/** Whether evaluating the code certainly awaits something. */
function awaits(code: Code): boolean {
  switch (code.kind) {
    case "await":
      return true;
    case "binary":
      return awaits(code.left);
    case "conditional":
      return awaits(code.test);
    default:
      return false;
  }
}

function callsSomething(code: Code): boolean {
  switch (code.kind) {
    case "call":
      return true;
    case "array":
      return code.items.some(callsSomething);
    case "object":
      return code.properties.some((property) => property.kind !== "shorthand" && callsSomething(property.value));
    case "member":
      return callsSomething(code.of);
    case "index":
      return callsSomething(code.of) || callsSomething(code.key);
    case "unary":
    case "await":
      return callsSomething(code.argument);
    case "binary":
      return callsSomething(code.left) || callsSomething(code.right);
    case "conditional":
      return callsSomething(code.test) || callsSomething(code.then) || callsSomething(code.otherwise);
    case "template":
      return code.values.some(callsSomething);
    case "name":
    case "keyword":
    case "number":
    case "string":
    case "arrow":
      return false;
    default:
      return code satisfies never;
  }
}
