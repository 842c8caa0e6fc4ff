import type { Findings } from "../diagnostics/diagnostic.ts";
import { type Document, originInside, originOf, type StringTree, type Tree } from "../source/tree.ts";

interface Place {
  readonly tree: Tree;
  /** The key of the member that it stands in, over lists too. */
  readonly field: string;
  readonly node: string;
}

/** Passwords, keys and tokens written into a definition. What they are is never said: `render` takes them out of every text. */
export function checkSecrets({ root, text }: Document, findings: Findings): void {
  const isSuspect = hint.test(text);
  const known = new Map<string, boolean>();
  const isSecret = (field: string): boolean => {
    const answer = known.get(field) ?? isSecretField(field);
    known.set(field, answer);
    return answer;
  };
  const open: Place[] = [{ tree: root, field: "", node: "" }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { tree, field, node } = next;
    if (tree.kind === "string" && (isSuspect || tree.offsets !== null || isSecret(field)))
      checkText(tree, field, node, findings);
    if (tree.kind === "array") for (const item of tree.items) open.push({ tree: item, field, node });
    if (tree.kind !== "object") continue;
    const id = tree.byKey.get("id")?.value;
    const around = id?.kind === "string" && tree.byKey.has("type") ? id.value : node;
    for (const { key, value } of tree.members) open.push({ tree: value, field: key, node: around });
  }
}

/** Texts of these shapes are issued by machines. The patterns match in linear time. */
const shapes: readonly (readonly [what: string, pattern: RegExp])[] = [
  ["an access key of AWS", /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/],
  ["a token of GitHub", /\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{36,255})/],
  ["a token of GitLab", /\bglpat-[A-Za-z0-9_-]{20,64}/],
  ["a token of Slack", /\bxox[abeoprs]-[A-Za-z0-9-]{10,250}/],
  ["a key of Stripe", /\b[rs]k_live_[A-Za-z0-9]{16,250}/],
  ["a key of Google", /\bAIza[A-Za-z0-9_-]{35}/],
  [
    "a private key",
    /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY-----[^-]{0,20000}(?:-----END [A-Z0-9 ]{1,60}-----)?/,
  ],
  ["a JSON Web Token", /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,4000}\.eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,4000}/],
  ["a password in a URL", /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@$]{1,100}:[^\s/:@$]{3,200}@/],
];

/** Stands in every text that has one of the shapes, unless it is written with escapes: most definitions need no closer look. */
const hint =
  /AKIA|ASIA|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|k_live_|AIza|PRIVATE KEY-----|eyJ|:\/\/[^\s/@]{1,310}@/;

/** Tokens are shorter; a longer text is looked at in part. */
const maxLooked = 100_000;

function checkText(tree: StringTree, field: string, node: string, findings: Findings): void {
  const text = tree.value.slice(0, maxLooked);
  for (const [what, pattern] of shapes) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const origin = originInside(tree, match.index, match.index + match[0].length, node);
    findings.report("WF_CHECK_012", origin, { what });
    return;
  }
  if (isSecretField(field) && isLiteralSecret(text)) {
    findings.report("WF_CHECK_012", originOf(tree, node), {
      what: `the value of a field for secrets (\`${field.slice(0, 80)}\`)`,
    });
  }
}

const secretWords: ReadonlySet<string> = new Set([
  "password",
  "passwd",
  "passphrase",
  "clientsecret",
  "apikey",
  "apisecret",
  "accesskey",
  "secretkey",
  "secretaccesskey",
  "accesstoken",
  "authtoken",
  "bearertoken",
  "refreshtoken",
  "privatekey",
  "connectionstring",
]);

/** `secret` and `token` are missing: such a field often holds only the name of one. */
function isSecretField(field: string): boolean {
  return field.length <= 60 && secretWords.has(field.toLowerCase().replaceAll(/[^a-z0-9]/g, ""));
}

/** Text that can be used as it stands: no expression, no path, no reference to where the secret is kept. */
function isLiteralSecret(text: string): boolean {
  const isReference = /^(?:\$|arn:|vault:|secret:|env:|projects\/|\{\{|<)/i.test(text) || text.includes("${");
  return text.length >= 4 && !isReference && !/^(?:true|false|null|none|string|[*•x.]+)$/i.test(text);
}
