import type { Expression } from "./expression.ts";
import { type ExpressionParser, neutralOrigin } from "./parse-expression.ts";
import { createStepParser } from "./parse-step.ts";
import type { Cursor } from "./parse-tokens.ts";
import type {
  Block,
  Choice,
  FlowHandler,
  Join,
  JumpHandler,
  Link,
  Region,
  Step,
  Task,
  Template,
  Terminator,
} from "./program.ts";

/** What regions need of the parser around them. */
export interface RegionContext {
  readonly cursor: Cursor;
  readonly expressions: ExpressionParser;
  /** JSON Pointers of steps by the line on which they begin. */
  readonly pointers: ReadonlyMap<number, string>;
  template(): Template;
}

const ends = ["jump", "branch", "attempt", "stop", "take"];

/** Reads a region of any form, and those inside it. */
export function createRegionParser({ cursor, expressions, pointers, template }: RegionContext): () => Region {
  const { expression, variable } = expressions;
  const { accept, expect, string } = cursor;

  const region = (): Region => {
    if (accept("jumps")) return jumps();
    return accept("flow") ? flow() : { kind: "sequence", steps: braced() };
  };
  const unplaced = createStepParser({ cursor, expressions, region, template });
  const step = (): Step => {
    const pointer = pointers.get(cursor.next.line);
    const origin = pointer === undefined ? neutralOrigin : { ...neutralOrigin, pointer };
    const comment = accept("about") ? string() : null;
    return { ...unplaced(), origin, ...(comment !== null && { comment }) };
  };
  const braced = (): Step[] => {
    expect("{");
    return cursor.until("}", step);
  };
  /** Steps up to the word that ends a block or the choice of a handler. */
  const steps = (): Step[] => {
    const list: Step[] = [];
    while (!ends.some(cursor.isNext)) list.push(step());
    return list;
  };
  const when = (): Expression | null => (accept("when") ? expression() : null);
  const after = (word: string): string => {
    expect(word);
    return string();
  };
  const target = (): string => {
    expect("jump");
    return string();
  };

  const jumps = (): Region => {
    const isStrict = accept("strict");
    const entry = string();
    expect("{");
    const blocks = new Map<string, Block>();
    while (!accept("}")) {
      const at = cursor.next;
      const found = block();
      if (blocks.has(found.label)) cursor.fail(`block ${JSON.stringify(found.label)} is there already`, at);
      blocks.set(found.label, found);
    }
    return { kind: "jumps", entry, ...(isStrict && { isStrict }), blocks };
  };
  const block = (): Block => {
    const label = after("block");
    expect("{");
    const found = { label, origin: neutralOrigin, steps: steps(), end: terminator() };
    expect("}");
    return found;
  };
  const terminator = (): Terminator => {
    if (accept("stop")) return { kind: "stop" };
    if (accept("branch")) return branch();
    return accept("attempt") ? attempt() : { kind: "jump", to: target() };
  };
  const branch = (): Terminator => {
    expect("{");
    const cases = [];
    while (accept("when")) cases.push({ when: expression(), to: target() });
    expect("else");
    const otherwise = target();
    expect("}");
    return { kind: "branch", cases, otherwise };
  };
  const attempt = (): Terminator => {
    const tried = braced();
    const handlers: JumpHandler[] = [];
    while (accept("catch")) handlers.push(handler(target, (to) => ({ to })));
    expect("then");
    return { kind: "attempt", steps: tried, to: target(), handlers };
  };
  const handler = <T>(where: () => string, more: (where: string) => T) => {
    const failure = variable("bound");
    const test = when();
    expect("{");
    const found = { failure, when: test, steps: steps(), ...more(where()) };
    expect("}");
    return found;
  };

  const flow = (): Region => {
    expect("{");
    const before = accept("before") ? braced() : null;
    const tasks: Task[] = [];
    while (cursor.isNext("task")) tasks.push(task());
    expect("after");
    const last = braced();
    expect("}");
    return { kind: "flow", tasks, after: last, ...(before !== null && { before }) };
  };
  const task = (): Task => {
    const id = after("task");
    const name = accept("called") ? string() : null;
    const isHidden = accept("hidden");
    const how = join();
    expect("{");
    const incoming: Link[] = [];
    while (accept("link")) incoming.push(link());
    expect("do");
    const found = {
      id,
      origin: neutralOrigin,
      join: how,
      incoming,
      steps: braced(),
      choice: choice(),
      ...(name !== null && { name }),
      ...(isHidden && { isHidden }),
    };
    expect("}");
    return found;
  };
  const join = (): Join => {
    const { text } = cursor.take();
    if (text === "count") return { kind: "count", count: cursor.number() };
    if (text === "all" || text === "any" || text === "first") return { kind: text };
    return cursor.fail(`expected a join, found ${text}`);
  };
  const link = (): Link => {
    const from = string();
    const outcome = accept(".") ? string() : null;
    return { from, outcome, steps: braced(), origin: neutralOrigin };
  };
  const choice = (): Choice => {
    expect("take");
    if (accept("all")) return { kind: "all" };
    if (accept("{")) return cases();
    const ok = string();
    const handlers: FlowHandler[] = [];
    while (accept("catch"))
      handlers.push(
        handler(
          () => after("take"),
          (outcome) => ({ outcome }),
        ),
      );
    return { kind: "failure", ok, handlers };
  };
  const cases = (): Choice => {
    const list = [];
    while (accept("when")) list.push({ when: expression(), outcome: string() });
    const otherwise = after("else");
    expect("}");
    return { kind: "cases", cases: list, otherwise };
  };
  return region;
}
