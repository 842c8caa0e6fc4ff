import type { Expression, Variable } from "./expression.ts";
import type { ExpressionParser } from "./parse-expression.ts";
import type { Cursor } from "./parse-tokens.ts";
import type {
  After,
  Branch,
  CallStep,
  Completion,
  GivenNumber,
  RaceAlternative,
  Region,
  RetryRule,
  RuntimeForm,
  Step,
  Template,
} from "./program.ts";

/** What steps need of the parser around them. */
export interface StepContext {
  readonly cursor: Cursor;
  readonly expressions: ExpressionParser;
  region(): Region;
  /** The template of that name and number. */
  template(): Template;
}

type Unplaced = Step extends infer S ? (S extends Step ? Omit<S, "origin" | "comment"> : never) : never;
type Limits = Pick<CallStep, "timeoutMs" | "timeoutError" | "heartbeatMs" | "retry">;
type Callee = Pick<CallStep, "activity" | "builtin" | "template" | "isSelf">;

const givenNames: readonly GivenNumber["name"][] = ["retries", "initialMs", "multiplier", "maxMs"];

/** Reads one step; `step` leaves out where it comes from. */
export function createStepParser({ cursor, expressions, region, template }: StepContext): () => Unplaced {
  const { expression, variable } = expressions;
  const { accept, expect, string } = cursor;

  const maybe = (word: string): Expression | null => (accept(word) ? expression("limit") : null);
  const result = (): Variable | null => (accept("->") ? variable() : null);
  const when = (): Expression | null => (accept("when") ? expression() : null);

  const step = (): Unplaced => {
    if (cursor.isNext("%")) return assign();
    const word = cursor.take();
    switch (word.text) {
      case "evaluate":
        return { kind: "evaluate", value: expression() };
      case "visit":
        return { kind: "visit", step: string() };
      case "enter":
        return { kind: "visit", step: string(), isSilent: true };
      case "skip":
        return { kind: "skip", steps: names() };
      case "call":
        return call();
      case "if":
        return decide();
      case "fork":
        expect("{");
        return { kind: "fork", branches: cursor.until("}", branch) };
      case "forEach":
        return forEach();
      case "loop":
        return { kind: "loop", label: string(), test: accept("while") ? expression() : null, body: region() };
      case "block":
        return { kind: "block", label: string(), body: region() };
      case "break":
      case "continue":
        return { kind: word.text, label: string() };
      case "try":
        return attempt();
      case "wait":
        return wait();
      case "receive":
        return receive();
      case "race":
        return race();
      case "lock":
      case "cancellable":
        return { kind: word.text, name: string(), body: region() };
      case "cancel":
      case "complete":
      case "reach":
      case "renew":
      case "settle":
        return { kind: "control", action: word.text, names: names() };
      case "terminate":
        return { kind: "terminate", step: string(), value: cursor.hasMoreOnLine ? expression() : null };
      case "scope":
        return scope();
      case "finish":
        return { kind: "finish", value: cursor.hasMoreOnLine ? expression() : null };
      case "fail":
        return fail();
      case "rethrow":
        return { kind: "rethrow", failure: variable() };
      default:
        return cursor.fail(`expected a step, found ${word.text}`, word);
    }
  };

  const assign = (): Unplaced => {
    const assigned = variable();
    expect("=");
    return { kind: "assign", variable: assigned, value: expression() };
  };
  /** Possibly none, when it stands alone on its line. */
  const names = (): string[] => {
    if (!cursor.hasMoreOnLine) return [];
    const list = [string()];
    while (accept(",")) list.push(string());
    return list;
  };
  const call = (): Unplaced => {
    const name = string();
    const called = callee();
    expect("with");
    const input = expression();
    const by = form();
    const credentials = accept("credentials") ? expression() : undefined;
    const more = { ...(by && { by }), ...(credentials && { credentials }) };
    return { kind: "call", step: name, ...called, input, ...more, result: result(), ...limits() };
  };
  const form = (): RuntimeForm | undefined =>
    accept("by") ? { fn: string(), more: accept("of") ? expression() : null } : undefined;
  const callee = (): Callee => {
    if (accept("self")) {
      expect("of");
      return { isSelf: true, activity: string() };
    }
    if (accept("activity")) return { activity: string() };
    if (accept("builtin")) return { builtin: string(), activity: accept("of") ? string() : "" };
    expect("template");
    return { template: template(), activity: accept("of") ? string() : "" };
  };
  const limits = (): Limits => {
    const timeoutMs = maybe("timeout");
    const timeoutError = accept("error") ? string() : undefined;
    const heartbeatMs = maybe("heartbeat");
    const retry: RetryRule[] = [];
    while (accept("retry")) retry.push(rule());
    return {
      timeoutMs,
      retry,
      ...(timeoutError !== undefined && { timeoutError }),
      ...(heartbeatMs !== null && { heartbeatMs }),
    };
  };
  const rule = (): RetryRule => {
    expect("(");
    const failure = cursor.isNext("%") ? variable("bound") : null;
    const test = when();
    const [retries = 0, initialMs = 0, multiplier = 0, maxMs = 0] = ["times", "initial", "multiplier", "max"].map(
      (word) => {
        expect(word);
        const found = cursor.number();
        expect(",");
        return found;
      },
    );
    expect("jitter");
    const jitter = accept("full") ? "full" : cursor.number();
    const given: GivenNumber[] = [];
    while (accept(",")) given.push(givenNumber());
    expect(")");
    return { failure, when: test, retries, initialMs, multiplier, maxMs, jitter, ...(given.length > 0 && { given }) };
  };
  const givenNumber = (): GivenNumber => {
    expect("given");
    const written = string();
    const name = givenNames.find((known) => known === written);
    if (name === undefined) return cursor.fail(`a retry rule has no number ${written}`);
    return { name, value: expression("limit") };
  };
  const decide = (): Unplaced => {
    const cases = [{ when: expression(), then: region() }];
    while (accept("else")) {
      if (!accept("if")) return { kind: "decide", cases, otherwise: region() };
      cases.push({ when: expression(), then: region() });
    }
    return { kind: "decide", cases, otherwise: null };
  };
  const branch = (): Branch => {
    expect("branch");
    return { name: string(), after: after(), body: region() };
  };
  const after = (): After => {
    if (!accept("after")) return { kind: "all", branches: [] };
    if (accept("all")) {
      expect("(");
      return { kind: "all", branches: cursor.list(")", string) };
    }
    const count = cursor.number();
    expect("of");
    expect("(");
    return { kind: "count", count, branches: cursor.list(")", () => ({ name: string(), taken: expression() })) };
  };
  const forEach = (): Unplaced => {
    const name = string();
    const item = variable("bound");
    expect(",");
    const index = variable("bound");
    expect("of");
    const items = expression();
    const concurrency = maybe("concurrency");
    const by = form();
    const ending = completion();
    const loop = { item, index, items, concurrency, ...(by && { by }), result: result(), body: region() };
    return { kind: "forEach", step: name, ...loop, ...(ending !== null && { completion: ending }) };
  };
  const completion = (): Completion | null => {
    if (!accept("completion")) return null;
    expect("(");
    const results = variable("bound");
    const count = maybe("count");
    const until = accept("until") ? expression() : null;
    const channel = accept("channel") ? string() : null;
    const [cancelsRest, isCompletable] = [accept("cancel"), accept("completable")];
    expect(")");
    return { results, count, until, channel, cancelsRest, isCompletable };
  };
  const attempt = (): Unplaced => {
    const body = region();
    const handlers = [];
    while (accept("catch")) handlers.push({ failure: variable("bound"), when: when(), body: region() });
    return { kind: "try", body, handlers, finally: accept("finally") ? region() : null };
  };
  const wait = (): Unplaced => {
    const name = string();
    if (accept("for")) return { kind: "wait", step: name, until: { kind: "duration", ms: expression("limit") } };
    expect("until");
    return { kind: "wait", step: name, until: { kind: "timestamp", timestamp: expression() } };
  };
  const race = (): Unplaced => {
    const name = string();
    const won = result();
    expect("{");
    const alternatives = cursor.until("}", () => ({ port: string(), event: raceEvent() }));
    return { kind: "race", step: name, alternatives, result: won };
  };
  const raceEvent = (): RaceAlternative["event"] => {
    if (accept("channel")) return { kind: "message", channel: string() };
    if (accept("for")) return { kind: "duration", ms: expression("limit") };
    expect("until");
    return { kind: "timestamp", timestamp: expression() };
  };
  const receive = (): Unplaced => {
    const isTransient = accept("transient");
    const name = string();
    expect("channel");
    const message = { channel: string(), result: result(), timeoutMs: maybe("timeout") };
    return { kind: "receive", step: name, ...message, ...(isTransient && { isTransient }) };
  };
  const scope = (): Unplaced => {
    const name = string();
    const { timeoutMs, timeoutError, retry } = limits();
    return {
      kind: "scope",
      step: name,
      timeoutMs,
      retry,
      body: region(),
      ...(timeoutError !== undefined && { timeoutError }),
    };
  };
  const fail = (): Unplaced => {
    const name = string();
    const error = expression();
    expect(",");
    return { kind: "fail", step: name, error, cause: expression() };
  };
  return step;
}
