import type { Variable } from "../ir/expression.ts";
import type { Code, Statement, Target } from "./layout/syntax.ts";
import type { ModuleNames } from "./module-names.ts";

/** What a declaration of returned variables binds; null for none. */
export function targetOf(variables: readonly Variable[], names: ModuleNames): Target | null {
  const [only] = variables;
  if (only === undefined) return null;
  if (variables.length === 1) return { kind: "name", name: names.declare(only) };
  return { kind: "names", names: variables.map((variable) => names.declare(variable)) };
}

/** `async (…) => { … }`, or `(…) => promise` where the body only passes on one promise. */
export function asFunction(parameters: readonly string[], body: readonly Statement[]): Code {
  const short = returningPromise(body);
  const only = short[0]?.comment === undefined ? short[0] : undefined;
  if (short.length === 1 && only?.kind === "return" && only.value?.kind === "await") {
    return { kind: "arrow", async: false, parameters, body: only.value.argument, origin: only.origin };
  }
  if (short.length === 1 && only?.kind === "return" && only.value !== null) {
    return { kind: "arrow", async: short === body, parameters, body: only.value, origin: only.origin };
  }
  if (short.length === 1 && only?.kind === "expression" && only.value.kind === "await") {
    return { kind: "arrow", async: false, parameters, body: only.value.argument, origin: only.origin };
  }
  return { kind: "arrow", async: true, parameters, body: short.map(withoutAwait) };
}

/** The body of an async function that has a name. */
export function asBody(body: readonly Statement[]): readonly Statement[] {
  return returningPromise(body).map(withoutAwait);
}

/** `return await promise` is `return promise` where no `try` is around. */
function withoutAwait(statement: Statement): Statement {
  switch (statement.kind) {
    case "return":
      return statement.value?.kind === "await" ? { ...statement, value: statement.value.argument } : statement;
    case "if":
      return {
        ...statement,
        cases: statement.cases.map(({ test, then }) => ({ test, then: then.map(withoutAwait) })),
        otherwise: statement.otherwise?.map(withoutAwait) ?? null,
      };
    case "while":
    case "block":
      return { ...statement, body: statement.body.map(withoutAwait) };
    default:
      return statement;
  }
}

/** `const x = await promise; return x;` at the end is `return promise;`. */
function returningPromise(body: readonly Statement[]): readonly Statement[] {
  const last = body.at(-1);
  const before = body.at(-2);
  if (last?.kind !== "return" || last.value?.kind !== "name") return body;
  if (
    before?.kind !== "declare" ||
    before.type !== null ||
    before.target.kind !== "name" ||
    before.target.name !== last.value.name
  )
    return body;
  if (before.value?.kind !== "await") return body;
  const { origin, comment } = before;
  const returned: Statement = { kind: "return", value: before.value.argument, origin };
  return [...body.slice(0, -2), comment === undefined ? returned : { ...returned, comment }];
}
