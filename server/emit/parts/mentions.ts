import type { Code, Statement, Target } from "../layout/syntax.ts";

/** What a statement has to do with names outside of it. Names that are declared in blocks or functions of its own are left out. */
interface Mentions {
  /** Names that it reads or assigns, those of functions of the module and its runtime among them, in the order of their first mention. */
  readonly names: ReadonlySet<string>;
  readonly assigned: ReadonlySet<string>;
  readonly read: ReadonlySet<string>;
  /** Names that it reads as if they certainly had a value. */
  readonly trusted: ReadonlySet<string>;
  /** Names that functions read or assign which go on after the statement. */
  readonly kept: ReadonlySet<string>;
  /** What it declares for the statements after it. */
  readonly declared: readonly Declared[];
  readonly returns: boolean;
  /** Whether it may break or continue what is around it. */
  readonly jumps: boolean;
  /** Whether it awaits anything, functions inside it left out. */
  readonly awaits: boolean;
}

interface Declared {
  readonly name: string;
  readonly isConstant: boolean;
  readonly hasValue: boolean;
}

/** Functions of the runtime that return while functions that they were given go on. */
const detaching: ReadonlySet<string> = new Set(["start", "forEachUntil"]);

/** The jumps that are inside of what they leave. */
interface Around {
  readonly labels: ReadonlySet<string>;
  readonly inLoop: boolean;
}

const outside: Around = { labels: new Set(), inLoop: false };

/** What was found once is not looked for again. */
export interface Memory {
  of(statement: Statement): Mentions;
  /** Variables that parts return without being certain that they have a value. */
  readonly unsure: Set<string>;
}

export function createMemory(): Memory {
  const known = new Map<Statement, Mentions>();
  return {
    unsure: new Set(),
    of(statement) {
      const mentions = known.get(statement) ?? mentionsOf(statement);
      known.set(statement, mentions);
      return mentions;
    },
  };
}

function mentionsOf(statement: Statement): Mentions {
  let names = new Set<string>();
  const assigned = new Set<string>();
  const read = new Set<string>();
  const trusted = new Set<string>();
  const kept = new Set<string>();
  let returns = false;
  let jumps = false;
  let awaits = false;
  /** How many functions there are around, inside of the statement. */
  let depth = 0;

  function ofCode(code: Code): void {
    switch (code.kind) {
      case "keyword":
      case "number":
      case "string":
        return;
      case "name":
        trusted.add(code.name);
        return ofName(code.name);
      case "array":
        return code.items.forEach(ofCode);
      case "object":
        for (const property of code.properties) {
          if (property.kind === "shorthand") ofCode({ kind: "name", name: property.name });
          else ofCode(property.value);
        }
        return;
      case "member":
        return ofCode(code.of);
      case "index":
        ofCode(code.of);
        return ofCode(code.key);
      case "call":
        if (code.callee === "defined" && code.args[0]?.kind === "name") return ofName(code.args[0].name);
        return detaching.has(code.callee) ? keep(() => code.args.forEach(ofCode)) : code.args.forEach(ofCode);
      case "arrow":
        return inFunction(code.parameters, () => ("kind" in code.body ? ofCode(code.body) : ofBlock(code.body)));
      case "await":
        awaits ||= depth === 0;
        return ofCode(code.argument);
      case "unary":
        return ofCode(code.argument);
      case "binary":
        ofCode(code.left);
        return ofCode(code.right);
      case "conditional":
        ofCode(code.test);
        ofCode(code.then);
        return ofCode(code.otherwise);
      case "template":
        return code.values.forEach(ofCode);
      default:
        return code satisfies never;
    }
  }

  function ofName(name: string): void {
    names.add(name);
    read.add(name);
  }

  /** Notes all that `inside` mentions as kept. */
  function keep(inside: () => void): void {
    for (const name of apart(inside)) {
      names.add(name);
      kept.add(name);
    }
  }

  function inFunction(parameters: readonly string[], inside: () => void): void {
    depth += 1;
    const mentioned = apart(inside);
    depth -= 1;
    for (const name of mentioned) if (!parameters.includes(name)) names.add(name);
  }

  /** What `inside` alone mentions. */
  function apart(inside: () => void): ReadonlySet<string> {
    const outer = names;
    names = new Set();
    inside();
    const inner = names;
    names = outer;
    return inner;
  }

  /** What is declared in a block is of no interest outside of it. */
  function ofBlock(statements: readonly Statement[], around: Around = outside): void {
    for (const inner of statements) ofStatement(inner, around);
    for (const { name } of statements.flatMap(declaredBy))
      for (const set of [names, assigned, read, trusted, kept]) set.delete(name);
  }

  function ofStatement(inner: Statement, around: Around): void {
    switch (inner.kind) {
      case "declare":
        return inner.value === null ? undefined : ofCode(inner.value);
      case "assign":
        names.add(inner.target);
        assigned.add(inner.target);
        return ofCode(inner.value);
      case "expression":
        return ofCode(inner.value);
      case "if":
        for (const { test, then } of inner.cases) {
          ofCode(test);
          ofBlock(then, around);
        }
        return ofBlock(inner.otherwise ?? [], around);
      case "while":
        ofCode(inner.test);
        return ofBlock(inner.body, { labels: within(around.labels, inner.label), inLoop: true });
      case "block":
        return ofBlock(inner.body, { ...around, labels: within(around.labels, inner.label) });
      case "break":
      case "continue":
        jumps ||= depth === 0 && !(inner.label === null ? around.inLoop : around.labels.has(inner.label));
        return;
      case "return":
        returns ||= depth === 0;
        return inner.value === null ? undefined : ofCode(inner.value);
      case "throw":
        return ofCode(inner.value);
      case "try":
        ofBlock(inner.body, around);
        if (inner.handler !== null) {
          ofBlock(inner.handler.body, around);
          names.delete(inner.handler.parameter);
        }
        return ofBlock(inner.finalizer ?? [], around);
      default:
        return inner satisfies never;
    }
  }

  ofStatement(statement, outside);
  return { names, assigned, read, trusted, kept, declared: declaredBy(statement), returns, jumps, awaits };
}

function within(labels: ReadonlySet<string>, label: string | null): ReadonlySet<string> {
  return label === null ? labels : new Set([...labels, label]);
}

function declaredBy(statement: Statement): readonly Declared[] {
  if (statement.kind !== "declare") return [];
  const isConstant = statement.keyword === "const";
  return namesIn(statement.target).map((name) => ({ name, isConstant, hasValue: statement.value !== null }));
}

function namesIn(target: Target): readonly string[] {
  switch (target.kind) {
    case "name":
      return [target.name];
    case "names":
      return target.names;
    case "list":
      return target.items.flatMap((item) => (item === null ? [] : namesIn(item)));
    default:
      return target satisfies never;
  }
}
