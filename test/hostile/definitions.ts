import { readFileSync } from "node:fs";
import { allOf, read } from "../source/reading.ts";

/** The definitions under docs/examples, each known to compile. */
export const examples: readonly { readonly name: string; readonly text: string }[] = [
  "atm-withdrawal/workflow.yaml",
  "job-poller/definition.json",
  "order-fulfilment/workflow.yaml",
  "payroll/workflow.yaml",
  "swift-payment/workflow.yaml",
].map((name) => ({ name, text: readFileSync(new URL(`../../docs/examples/${name}`, import.meta.url), "utf8") }));

/** Text that breaks out of a place where text was not expected. */
export const hostileTexts: readonly string[] = [
  '"); globalThis.pwned = true; ("',
  "'); globalThis.pwned = true; ('",
  "`); globalThis.pwned = true; (`",
  "*/ globalThis.pwned = true /*",
  "\n globalThis.pwned = true //",
  "\u2028 globalThis.pwned = true //",
  "\u2029globalThis.pwned = true//",
  "\r globalThis.pwned = true //",
  "${ globalThis.pwned = true }",
  "$${ globalThis.pwned = true }",
  "${pwned}",
  '\\"; globalThis.pwned = true //',
  "\\",
  "\\u0022",
  "</script><script>pwned = true</script>",
  "<!-- pwned",
  "--> pwned",
  "// @ts-nocheck pwned",
  "*/ // @ts-ignore\n/*",
  "# sourceMappingURL=data:,pwned",
  "\u202e eurt = denwp \u202c",
  "\u2066pwned\u2069",
  "a\u200bb",
  "\ufeff",
  "\u0000",
  "\u001b[31m",
  "\ud800",
  "\udc00x",
  "😀",
  "é",
  "ﬁ",
  "constructor",
  "__proto__",
  "prototype",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "then",
  "await",
  "class",
  "arguments",
  "eval",
  "let",
  "default",
  "undefined",
  "globalThis",
  "scope",
  "execute",
  "activities",
  "Input",
  "Promise",
  "",
  " ",
  ".",
  "-",
  "0",
  "1e999",
  "x".repeat(5_000),
  "]}",
  "{{",
];

/** The words that may stand as names of members in what is made of a definition: all that it holds. */
export function wordsOf(text: string): ReadonlySet<string> {
  const { document } = read(text);
  const words = new Set<string>();
  for (const tree of document === null ? [] : allOf(document.root)) {
    const texts =
      tree.kind === "string" ? [tree.value] : tree.kind === "object" ? tree.members.map(({ key }) => key) : [];
    for (const word of texts) for (const part of [word, ...word.split(/[^\p{L}\p{N}_$]+/u)]) words.add(part);
  }
  return words;
}
