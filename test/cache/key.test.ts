import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CompilerIdentity, createKeys, digestOf } from "../../server/cache/key.ts";
import { defaultLimits } from "../../server/source/limits.ts";

interface Asked {
  readonly version: string;
  readonly build: string;
  readonly bytes: number;
  readonly depth: number;
  readonly components: readonly (readonly [string, string])[];
  readonly content: string;
  readonly format: "graph" | "amazon-states" | "open-workflow" | "n8n" | null;
  readonly target: "module" | "temporal";
  readonly inline: boolean;
  readonly ir: boolean;
  readonly controlFlow: boolean;
  readonly fix: boolean;
  readonly validate: boolean;
}

/** Few values of each, so that all but one being equal is common, and some that run together when they are joined. */
const text = fc.constantFrom("", "a", "b", "ab", "a b", '"', '","');
const asked: fc.Arbitrary<Asked> = fc.record({
  version: text,
  build: text,
  bytes: fc.constantFrom(1, 11),
  depth: fc.constantFrom(1, 11),
  components: fc.uniqueArray(fc.tuple(text, text), { maxLength: 2, selector: ([path]) => path }),
  content: text,
  format: fc.constantFrom(null, "graph", "amazon-states", "open-workflow", "n8n"),
  target: fc.constantFrom("module", "temporal"),
  inline: fc.boolean(),
  ir: fc.boolean(),
  controlFlow: fc.boolean(),
  fix: fc.boolean(),
  validate: fc.boolean(),
});

function keyOf({ content, format, validate, ...rest }: Asked): string {
  const { version, build, bytes, depth, components, target, inline, ir, controlFlow, fix } = rest;
  const limits = { ...defaultLimits, bytes, depth };
  const identity: CompilerIdentity = { version, build, limits, components: new Map(components) };
  const keys = createKeys(identity);
  const digest = digestOf(content);
  return (
    validate
      ? keys.validate(digest, format, { allowInlineCode: inline, fix })
      : keys.compile(digest, format, { target, allowInlineCode: inline, ir, controlFlow })
  ).shared();
}

/** What determines the output, written down plainly: Validate and Compile have options of their own. */
function essence({ components, target, ir, controlFlow, fix, ...rest }: Asked): string {
  const options = rest.validate ? { fix } : { target, ir, controlFlow };
  return JSON.stringify([rest, options, [...components].sort()]);
}

describe("a key", () => {
  test("is equal exactly where all that determines the output is", () => {
    fc.assert(
      fc.property(asked, asked, fc.boolean(), fc.constantFrom(...fieldsOf()), (a, b, nearly, field) => {
        const other = nearly ? { ...a, [field]: b[field] } : b;
        expect(keyOf(a) === keyOf(other)).toBe(essence(a) === essence(other));
      }),
      { numRuns: 3_000, seed: 11 },
    );
  });

  test("names the same in this process as among replicas", () => {
    const keys = createKeys({ version: "1", build: "b", limits: defaultLimits, components: new Map() });
    const all = [null, "graph", "amazon-states", "open-workflow", "n8n"] as const;
    const either = [true, false];
    const pairs = either.flatMap((a) => either.map((b) => [a, b] as const));
    const made = all.flatMap((format) => [
      ...pairs.map(([allowInlineCode, fix]) => keys.validate("d", format, { allowInlineCode, fix })),
      ...(["module", "temporal"] as const).flatMap((target) =>
        either.flatMap((allowInlineCode) =>
          pairs.map(([ir, controlFlow]) => keys.compile("d", format, { target, allowInlineCode, ir, controlFlow })),
        ),
      ),
    ]);
    expect(new Set(made.map(({ local }) => local)).size).toBe(100);
    expect(new Set(made.map((key) => key.shared())).size).toBe(100);
  });

  test("does not depend on the order in which component files were read", () => {
    const files = [
      ["a", "1"],
      ["b", "2"],
    ] as const;
    const key = (components: ReadonlyMap<string, string>) =>
      createKeys({ version: "1", build: "b", limits: defaultLimits, components })
        .validate("d", null, { allowInlineCode: false })
        .shared();
    expect(key(new Map(files))).toBe(key(new Map(files.toReversed())));
  });
});

function fieldsOf(): readonly (keyof Asked)[] {
  const identity = ["version", "build", "bytes", "depth", "components"] as const;
  return [...identity, "content", "format", "target", "inline", "ir", "controlFlow", "fix", "validate"];
}
