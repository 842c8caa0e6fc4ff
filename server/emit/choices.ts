import type { Expression } from "../ir/expression.ts";
import type { Completion, RaceAlternative } from "../ir/program.ts";
import type { ExpressionPrinter } from "./expressions.ts";
import type { Code, Property } from "./layout/syntax.ts";
import { stringLiteral } from "./text.ts";

/** How a loop over items ends: `{ count: 2, cancelsRest: true }`. */
export function completionCode(
  { count, until, results, channel, cancelsRest, isCompletable }: Completion,
  concurrency: Expression | null,
  { code, lambda }: ExpressionPrinter,
): Code {
  const yes: Code = { kind: "keyword", keyword: "true" };
  return object([
    ["concurrency", concurrency && code(concurrency)],
    ["count", count && code(count)],
    ["until", until && lambda([results], until)],
    ["cancelsRest", cancelsRest ? yes : null],
    ["channel", channel === null ? null : text(channel)],
    ["isCompletable", isCompletable ? yes : null],
  ]);
}

/** One thing to wait for: `{ port: "late", ms: 60_000 }`. */
export function alternativeCode({ port, event }: RaceAlternative, expressions: ExpressionPrinter): Code {
  return object([["port", text(port)], eventCode(event, expressions)]);
}

function eventCode(
  event: RaceAlternative["event"],
  { code, milliseconds }: ExpressionPrinter,
): readonly [string, Code] {
  switch (event.kind) {
    case "message":
      return ["channel", text(event.channel)];
    case "duration":
      return ["ms", milliseconds(event.ms)];
    case "timestamp":
      return ["until", code(event.timestamp)];
    default:
      return event satisfies never;
  }
}

function object(members: readonly (readonly [key: string, value: Code | null])[]): Code {
  const properties = members.flatMap(([key, value]): Property[] =>
    value === null ? [] : [{ kind: "property", key, value, origin: null }],
  );
  return { kind: "object", properties };
}

function text(value: string): Code {
  return { kind: "string", raw: stringLiteral(value) };
}
