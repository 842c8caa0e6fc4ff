import { Composer, type CST, type Document } from "yaml";
import type { Span } from "../diagnostics/diagnostic.ts";
import { longForm } from "./short-tags.ts";

export interface YamlProblem {
  readonly code: string;
  readonly message: string;
  readonly span: Span;
}

export interface Composed {
  /** The first document of the text; null where it has none. */
  readonly document: Document.Parsed | null;
  /** Where a second document starts; null where there is none. */
  readonly second: Span | null;
  readonly errors: readonly YamlProblem[];
  readonly warnings: readonly YamlProblem[];
  /** Whether there were so many problems that the rest was not read. */
  readonly stopped: boolean;
}

/** The library makes an Error with a stack for each problem, 5 µs each, up to one for each byte: it is stopped here. */
const MAX_PROBLEMS = 20;

type Source = number | readonly number[] | { readonly offset: number; readonly source?: string };

/**
 * Nodes of the first document. Core schema of YAML 1.2 whatever a directive says; keys are strings as written; duplicate
 * keys are left to us, because the library compares each key with every other.
 */
export function composeYaml(tokens: readonly CST.Token[]): Composed {
  const errors: YamlProblem[] = [];
  const warnings: YamlProblem[] = [];
  const enough = new Error("enough problems");
  const composer = new Composer({
    version: "1.2",
    schema: "core",
    merge: false,
    resolveKnownTags: false,
    stringKeys: true,
    uniqueKeys: false,
    strict: true,
  });
  // Its own collector is a plain field that cannot be configured.
  Object.defineProperty(composer, "onError", {
    value: (source: Source, code: string, message: string, warning = false) => {
      const tag = code === "TAG_RESOLVE_FAILED" ? message.replace("Unresolved tag: ", "") : undefined;
      if (longForm(tag) !== undefined) return;
      if (errors.length + warnings.length >= MAX_PROBLEMS) throw enough;
      (warning ? warnings : errors).push({ code, message, span: spanOf(source) });
    },
  });
  const { mine, second } = firstDocument(tokens);
  let document: Document.Parsed | null = null;
  let stopped = false;
  try {
    for (const composed of composer.compose(mine)) document ??= composed;
  } catch (error) {
    if (error !== enough) throw error;
    stopped = true;
  }
  const { errors: own } = document ?? composer.streamInfo();
  for (const { code, message, pos } of own) errors.push({ code, message, span: spanOf(pos) });
  return { document, second, errors, warnings, stopped };
}

function firstDocument(tokens: readonly CST.Token[]): { mine: readonly CST.Token[]; second: Span | null } {
  let documents = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.type === "document") documents++;
    if (documents === 2)
      return { mine: tokens.slice(0, index), second: { start: token.offset, end: token.offset + 3 } };
  }
  return { mine: tokens, second: null };
}

function spanOf(source: Source): Span {
  if (typeof source === "number") return { start: source, end: source + 1 };
  if ("offset" in source) return { start: source.offset, end: source.offset + (source.source?.length ?? 1) };
  const [start = 0, end = start + 1] = source;
  return { start, end };
}
