import { type Category, type Code, catalogue, type Params, type Severity } from "./catalogue.ts";
import { docsLink } from "./render.ts";

/** What a code means, apart from any definition: each parameter stands as its name in braces. */
export interface Explanation {
  readonly code: Code;
  readonly title: string;
  readonly category: Category;
  readonly severity: Severity;
  readonly message: string;
  readonly suggestions: readonly string[];
  readonly docsLinks: readonly string[];
}

export const codes: readonly Code[] = Object.keys(catalogue).filter(isCode);

export function isCode(text: string): text is Code {
  return Object.hasOwn(catalogue, text);
}

export function explain(code: Code): Explanation {
  const entry = catalogue[code];
  const message: (params: never) => string = entry.message;
  const suggestions: (params: never) => readonly string[] = entry.suggestions;
  return {
    code,
    title: entry.title,
    category: entry.category,
    severity: entry.severity,
    message: message(parameterNames),
    suggestions: suggestions(parameterNames),
    docsLinks: [docsLink(code)],
  };
}

/** Answers every parameter with its own name. It fits all codes at once, which the type of no code says. */
const parameterNames = new Proxy<Params<Code>>(Object.create(null), {
  get: (_target, name) => `{${String(name)}}`,
}) as never;
