import { hash } from "node:crypto";
import type { CompileOptions, Format, ValidateOptions } from "../artifact.ts";
import type { SourceLimits } from "../source/limits.ts";

/** What determines an answer besides the request: two replicas that agree on it may use each other's answers. */
export interface CompilerIdentity {
  readonly version: string;
  /** Digest of the compiler's own code, so that answers of another build of the same version are not taken for ours. */
  readonly build: string;
  readonly limits: SourceLimits;
  /** Component files, path → text. */
  readonly components: ReadonlyMap<string, string>;
}

/** Names an answer. */
export interface Key {
  /** In this process. */
  readonly local: string;
  /** Among replicas: SHA-256 over everything that determines the answer, in hexadecimal. */
  shared(): string;
}

export interface Keys {
  /** @param digest of the source's content. Its name does not matter. */
  compile(digest: string, format: Format | null, options: CompileOptions): Key;
  validate(digest: string, format: Format | null, options: ValidateOptions): Key;
}

/** SHA-256 in hexadecimal. */
export function digestOf(content: Uint8Array | string): string {
  return hash("sha256", content, "hex");
}

export function createKeys(identity: CompilerIdentity): Keys {
  const common = identityDigest(identity);
  const key = (variant: string, digest: string): Key => {
    const local = `${variant} ${digest}`;
    return { local, shared: () => digestOf(`${common} ${local}`) };
  };
  return {
    compile: (digest, format, { target, allowInlineCode, ir, controlFlow }) => {
      const extras = `${ir ? " ir" : ""}${controlFlow ? " flow" : ""}`;
      return key(`compile ${format ?? "?"} ${target} ${allowInlineCode ? "inline" : "-"}${extras}`, digest);
    },
    validate: (digest, format, { allowInlineCode, fix }) =>
      key(`validate ${format ?? "?"} ${allowInlineCode ? "inline" : "-"}${fix ? " fix" : ""}`, digest),
  };
}

/** As JSON, so that no two lists of texts run together; in the order of their names, so that only what they say counts. */
function identityDigest({ version, build, limits, components }: CompilerIdentity): string {
  const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1);
  const lists = [Object.entries(limits).sort(byName), [...components].sort(byName)];
  return digestOf(JSON.stringify([version, build, ...lists]));
}
