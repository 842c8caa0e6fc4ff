import { createScanner, type JSONScanner } from "jsonc-parser";
import type { Findings, Span } from "../diagnostics/diagnostic.ts";
import { type Builder, createBuilder, pointerBelow } from "./builder.ts";
import { invalidEscape, jsonOffsets, showToken } from "./json-text.ts";
import type { SourceLimits } from "./limits.ts";
import type { Member, Tree } from "./tree.ts";

/** jsonc-parser's SyntaxKind and ScanError: it declares them as ambient const enums, which cannot be imported here. */
const Token = {
  openBrace: 1,
  closeBrace: 2,
  openBracket: 3,
  closeBracket: 4,
  comma: 5,
  colon: 6,
  null: 7,
  true: 8,
  false: 9,
  string: 10,
  number: 11,
  lineComment: 12,
  blockComment: 13,
  lineBreak: 14,
  space: 15,
  unknown: 16,
  end: 17,
} as const;
const Fault = { none: 0, openComment: 1, openString: 2, openNumber: 3, unicode: 4, escape: 5, character: 6 } as const;

/** After so many the text is likely no JSON at all. */
const MAX_PROBLEMS = 20;

export interface JsonOutcome {
  /** Null where the text is not JSON, or passes a limit. */
  readonly root: Tree | null;
  /**
   * Whether all that is wrong is something that YAML allows: a key without quotes, single quotes, a `#` comment, an
   * anchor, a trailing comma. Values without quotes and `//` comments do not count, though YAML takes them: it reads
   * `{"a": 1 // one` as a string, without a word.
   */
  readonly maybeYaml: boolean;
}

/** An array or object that is being read. */
interface Open {
  readonly kind: "array" | "object";
  readonly start: number;
  readonly pointer: string;
  readonly items: Tree[];
  readonly members: Member[];
  readonly byKey: Map<string, Member>;
  key: string;
  keySpan: Span;
}

/** What may come next. */
type Expected = "value" | "first item" | "first key" | "key" | "colon" | "comma" | "end";

/** Reads JSON (RFC 8259), strictly. It keeps its own stack, so that no nesting can exhaust the real one. */
export function parseJson(text: string, limits: SourceLimits, findings: Findings): JsonOutcome {
  const reader = createReader(text, createBuilder(text, limits, findings), findings);
  while (!reader.done()) reader.step();
  return reader.outcome();
}

function createReader(text: string, builder: Builder, findings: Findings) {
  const scanner = createScanner(text, false);
  const stack: Open[] = [];
  let expected: Expected = "value";
  let root: Tree | null = null;
  let stopped = false;
  let problems = 0;
  let maybeYaml = false;
  let commented = false;

  const spanOf = (): Span => ({
    start: scanner.getTokenOffset(),
    end: scanner.getTokenOffset() + scanner.getTokenLength(),
  });
  const below = (top: Open | undefined): string =>
    top === undefined ? "" : pointerBelow(top.pointer, top.kind === "array" ? top.items.length : top.key);

  function problem(what: string, span: Span, yamlAllowsIt = false): void {
    maybeYaml = yamlAllowsIt && (problems === 0 || maybeYaml);
    problems++;
    findings.report("WF_SOURCE_001", { span, pointer: "", node: "" }, { syntax: "JSON", problem: what });
    if (problems >= MAX_PROBLEMS) stopped = true;
  }
  function fatal(what: string, span: Span = spanOf(), yamlAllowsIt = false): void {
    problem(what, span, yamlAllowsIt);
    stopped = true;
  }

  function complete(value: Tree): void {
    const top = stack.at(-1);
    if (top === undefined) root = value;
    else if (top.kind === "array") top.items.push(value);
    else builder.addMember(top, { key: top.key, keySpan: top.keySpan, value });
    expected = top === undefined ? "end" : "comma";
  }

  function open(kind: Open["kind"]): void {
    const span = spanOf();
    const pointer = below(stack.at(-1));
    if (!builder.admit(span, pointer, stack.length + 1)) stopped = true;
    stack.push({ kind, start: span.start, pointer, items: [], members: [], byKey: new Map(), key: "", keySpan: span });
    expected = kind === "array" ? "first item" : "first key";
  }

  function close(kind: Open["kind"]) {
    const top = stack.at(-1);
    if (top === undefined) return fatal(`${showToken(text, spanOf())} closes nothing`);
    if (top.kind !== kind)
      return fatal(
        `${showToken(text, spanOf())} stands where the ${top.kind} should be closed by \`${top.kind === "array" ? "]" : "}"}\``,
      );
    stack.pop();
    const { pointer, items, members, byKey } = top;
    const span = { start: top.start, end: scanner.getPosition() };
    complete(kind === "array" ? { kind, span, pointer, items } : { kind: "object", span, pointer, members, byKey });
  }

  function checkString(span: Span) {
    const fault = Number(scanner.getTokenError());
    if (fault === Fault.none) return;
    if (fault === Fault.openString) return fatal('a string is not closed by `"` on its line', span);
    const place = invalidEscape(text, span);
    problem(
      fault === Fault.character
        ? "a string holds a control character that is not escaped"
        : `${showToken(text, place)} is not an escape`,
      place,
    );
  }

  function string(span: Span): Tree {
    const value = scanner.getTokenValue();
    checkString(span);
    const pointer = below(stack.at(-1));
    const contentStart = span.start + 1;
    const escaped = value.length !== span.end - span.start - 2;
    const offsets = escaped && !stopped && problems === 0 ? jsonOffsets(text, span) : null;
    if (escaped) builder.checkText(value, span, pointer, offsets);
    return { kind: "string", span, pointer, value, offsets, contentStart };
  }

  function number(span: Span): Tree {
    const raw = scanner.getTokenValue();
    const pointer = below(stack.at(-1));
    if (Number(scanner.getTokenError()) !== Fault.none) problem(`\`${raw}\` is not a complete number`, span);
    return { kind: "number", span, pointer, value: builder.toNumber(Number(raw), raw, span, pointer), raw };
  }

  function scalar(token: number): Tree | null {
    const span = spanOf();
    if (token === Token.string) return string(span);
    if (token === Token.number) return number(span);
    const pointer = below(stack.at(-1));
    if (token === Token.null) return { kind: "null", span, pointer };
    if (token === Token.true || token === Token.false)
      return { kind: "boolean", span, pointer, value: token === Token.true };
    return null;
  }

  function value(token: number) {
    if (token === Token.openBrace) return open("object");
    if (token === Token.openBracket) return open("array");
    const tree = scalar(token);
    if (tree !== null) {
      if (!builder.admit(tree.span, tree.pointer, stack.length)) stopped = true;
      return complete(tree);
    }
    if (token === Token.closeBracket && stack.at(-1)?.kind === "array") return trailingComma("array");
    if (token === Token.unknown) return unquoted("a value");
    fatal(`a value is missing before ${showToken(text, spanOf())}`);
  }

  function trailingComma(kind: Open["kind"]): void {
    problem(`a comma stands before ${showToken(text, spanOf())}`, spanOf(), true);
    close(kind);
  }

  function unquoted(what: string): void {
    const span = spanOf();
    const mark = text[span.start] ?? "";
    const yaml = what === "a key" || "#'&*!?".includes(mark);
    fatal(`${showToken(text, span)} is not ${what}; JSON strings stand in double quotes`, span, yaml);
  }

  function key(token: number): void {
    const top = stack.at(-1);
    if (token === Token.string && top !== undefined) {
      top.keySpan = spanOf();
      top.key = scanner.getTokenValue();
      checkString(top.keySpan);
      expected = "colon";
    } else if (token === Token.closeBrace) trailingComma("object");
    else if (token === Token.unknown || (token >= Token.null && token <= Token.number)) unquoted("a key");
    else fatal(`a key is missing before ${showToken(text, spanOf())}`);
  }

  /** After a value inside an array or object. */
  function comma(token: number): void {
    const isArray = stack.at(-1)?.kind === "array";
    if (token === Token.comma) expected = isArray ? "value" : "key";
    else if (token === Token.closeBrace) close("object");
    else if (token === Token.closeBracket) close("array");
    else if (token === Token.number && text.charAt(scanner.getTokenOffset() - 1) === "0") {
      fatal("a number has no leading zeros");
    } else if (token === Token.string || (isArray && token !== Token.colon && token !== Token.unknown)) {
      problem(`\`,\` is missing before ${showToken(text, spanOf())}`, spanOf());
      if (isArray) value(token);
      else key(token);
    } else {
      const span = spanOf();
      fatal(
        `${showToken(text, span)} stands where \`,\` or \`${isArray ? "]" : "}"}\` should`,
        span,
        text[span.start] === "#",
      );
    }
  }

  function meet(token: number) {
    switch (expected) {
      case "value":
        return value(token);
      case "first item":
        return token === Token.closeBracket ? close("array") : value(token);
      case "first key":
        return token === Token.closeBrace ? close("object") : key(token);
      case "key":
        return key(token);
      case "colon":
        if (token !== Token.colon) return fatal(`\`:\` is missing before ${showToken(text, spanOf())}`);
        expected = "value";
        return;
      case "comma":
        return comma(token);
      case "end":
        return fatal(`${showToken(text, spanOf())} stands after the end`, spanOf(), text[spanOf().start] === "#");
      default:
        return expected satisfies never;
    }
  }

  /** Said once: whoever writes one writes many. */
  function comment(): void {
    if (!commented) problem("JSON has no comments", spanOf());
    commented = true;
  }

  function atEnd(): void {
    stopped = true;
    const top = stack.at(-1);
    if (top !== undefined) {
      problem(`the text ends inside ${top.kind === "array" ? "an array" : "an object"} that starts here`, {
        start: top.start,
        end: top.start + 1,
      });
    } else if (expected !== "end") problem("the text ends before a value", spanOf());
  }

  return {
    done: () => stopped,
    step(): void {
      const token = significant(scanner);
      if (token === Token.end) atEnd();
      else if (token === Token.lineComment || token === Token.blockComment) comment();
      else meet(token);
    },
    outcome: (): JsonOutcome => ({
      root: problems === 0 && stack.length === 0 ? root : null,
      maybeYaml: maybeYaml && !commentsFollow(scanner, text),
    }),
  };
}

/** Whether the rest has comments of JavaScript; `http://` is none. */
function commentsFollow(scanner: JSONScanner, text: string): boolean {
  for (let token = significant(scanner); token !== Token.end; token = significant(scanner)) {
    const isComment = token === Token.lineComment || token === Token.blockComment;
    if (isComment && text[scanner.getTokenOffset() - 1] !== ":") return true;
  }
  return false;
}

function significant(scanner: JSONScanner): number {
  let token: number = scanner.scan();
  while (token === Token.lineBreak || token === Token.space) token = scanner.scan();
  return token;
}
