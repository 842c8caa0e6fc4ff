import { type CST, Lexer, Parser } from "yaml";
import type { Findings } from "../diagnostics/diagnostic.ts";
import type { SourceLimits } from "./limits.ts";

/** Lexemes of which the composer makes objects, or errors; U+001F comes before each plain or block scalar. */
const COSTLY = new Set(["\u001f", "[", "{", ",", "]", "}", "-", "?", ":"]);
/** Quoted scalars, anchors, tags and aliases are costly too. */
const COSTLY_STARTS = "\"'&!*";
/** How many of them a value may need: key, colon, dash or comma, the value itself, and one to spare. */
const COSTLY_PER_VALUE = 5;

/**
 * The concrete syntax of a YAML text. The library's parser keeps its own stack, but its composer recurses and makes an
 * error object for each problem, so depth and amount are bounded here. Null after reporting; it ends with the first
 * error outside of a document.
 */
export function yamlTokens(text: string, limits: SourceLimits, findings: Findings): readonly CST.Token[] | null {
  const tokens: CST.Token[] = [];
  const parser = new Parser();
  let costly = 0;
  for (const lexeme of new Lexer().lex(text)) {
    const start = parser.offset;
    if (!push(tokens, parser.next(lexeme))) return tokens;
    if (COSTLY.has(lexeme) || COSTLY_STARTS.includes(lexeme.charAt(0))) costly++;
    const origin = { span: { start, end: start + 1 }, pointer: "", node: "" };
    // The document itself and a scalar at the end are on the stack too.
    if (parser.stack.length > limits.depth + 2) {
      findings.report("WF_SOURCE_004", origin, { limit: String(limits.depth) });
      return null;
    }
    if (costly > limits.values * COSTLY_PER_VALUE) {
      findings.report("WF_SOURCE_005", origin, { limit: String(limits.values) });
      return null;
    }
  }
  push(tokens, parser.end());
  return tokens;
}

/** Whether to go on. */
function push(tokens: CST.Token[], more: Iterable<CST.Token>): boolean {
  for (const token of more) {
    tokens.push(token);
    if (token.type === "error") return false;
  }
  return true;
}
