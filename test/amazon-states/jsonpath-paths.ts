import * as fc from "fast-check";

/** One step of a path. Each is written in AWS's dialect and in that of RFC 9535. */
export interface PathPart {
  readonly aws: string;
  readonly rfc: string;
  readonly kind: "one" | "many" | "filter" | "names" | "descend";
  /** Of `names`. */
  readonly names?: readonly string[];
}

const names = ["a", "b", "c", "x y"] as const;
const name = fc.constantFrom(...names);
const index = fc.integer({ min: -3, max: 3 });
const bound = fc.option(fc.integer({ min: -4, max: 4 }));

function dotted(key: string): string {
  return /^\w+$/.test(key) ? `.${key}` : `['${key}']`;
}

const byName = fc.tuple(name, fc.constantFrom("dot", "single", "double")).map(([key, quote]): PathPart => {
  const aws = quote === "dot" ? dotted(key) : quote === "single" ? `['${key}']` : `["${key}"]`;
  return { kind: "one", aws, rfc: `['${key}']` };
});

const byIndex = fc.tuple(index, fc.constantFrom("plain", "dot", "computed")).map(([at, form]): PathPart => {
  const aws = form === "dot" ? `.[${at}]` : form === "computed" && at < 0 ? `[(@.length-${-at})]` : `[${at}]`;
  return { kind: "one", aws, rfc: `[${at}]` };
});

const same = (kind: PathPart["kind"], text: string): PathPart => ({ kind, aws: text, rfc: text });

const many = fc.oneof(
  fc.constantFrom(same("many", "[*]"), same("many", ".*")),
  fc
    .tuple(bound, bound, fc.constantFrom("", ":1", ":2"))
    .map(([from, to, by]) => same("many", `[${from ?? ""}:${to ?? ""}${by}]`)),
  fc.uniqueArray(index, { minLength: 2, maxLength: 3 }).map((list) => same("many", `[${list.join(",")}]`)),
);

const byNames = fc.uniqueArray(name, { minLength: 2, maxLength: 3 }).map((list): PathPart => {
  const text = `[${list.map((key) => `'${key}'`).join(", ")}]`;
  return { kind: "names", aws: text, rfc: text, names: list };
});

const descend = fc.tuple(name, fc.constantFrom("name", "star")).map(([key, form]): PathPart => {
  const text = form === "star" ? "..*" : /^\w+$/.test(key) ? `..${key}` : `..['${key}']`;
  return { kind: "descend", aws: text, rfc: text };
});

/** In AWS's dialect a word without quotes is text. */
const literal = fc.constantFrom(
  ["1", "1"],
  ["-2.5", "-2.5"],
  ["'s'", "'s'"],
  ["word", "'word'"],
  ["true", "true"],
  ["null", "null"],
);
const comparison = fc
  .tuple(name, fc.constantFrom("==", "!=", "<", "<=", ">", ">="), literal)
  .filter(([, operator, [aws]]) => operator === "==" || operator === "!=" || !["true", "null"].includes(aws ?? ""))
  .map(
    ([key, operator, [aws, rfc]]) => [`@${dotted(key)} ${operator} ${aws}`, `@['${key}'] ${operator} ${rfc}`] as const,
  );
const existence = name.map((key) => [`@${dotted(key)}`, `@['${key}']`] as const);
const atom = fc.oneof({ weight: 3, arbitrary: comparison }, existence);
const test = fc
  .tuple(fc.array(atom, { minLength: 1, maxLength: 3 }), fc.constantFrom("&&", "||"), fc.boolean())
  .map(([parts, operator, isNegated]) => {
    const [aws, rfc] = [0, 1].map((side) => parts.map((part) => `(${part[side]})`).join(` ${operator} `));
    return isNegated ? [`!(${aws})`, `!(${rfc})`] : [aws, rfc];
  });
const filter = test.map(([aws, rfc]): PathPart => ({ kind: "filter", aws: `[?(${aws})]`, rfc: `[?(${rfc})]` }));

/** Paths as people write them and worse; several names only at the end. */
export const paths: fc.Arbitrary<readonly PathPart[]> = fc
  .tuple(
    fc.array(
      fc.oneof(
        { weight: 5, arbitrary: byName },
        { weight: 2, arbitrary: byIndex },
        { weight: 2, arbitrary: many },
        { weight: 2, arbitrary: filter },
        { weight: 1, arbitrary: descend },
      ),
      { minLength: 1, maxLength: 4 },
    ),
    fc.option(byNames, { freq: 6 }),
  )
  .map(([parts, last]) => (last === null ? parts : [...parts, last]));

const scalar = fc.constantFrom<unknown>(null, true, false, 0, 1, -2.5, 7, "s", "word", "z");

/** Documents whose names and sizes the paths often meet. */
export const documents: fc.Arbitrary<unknown> = valueOfDepth(4);

function valueOfDepth(depth: number): fc.Arbitrary<unknown> {
  if (depth === 0) return scalar;
  const inner = valueOfDepth(depth - 1);
  const object = fc.record({ a: inner, b: inner, c: inner, "x y": inner }, { requiredKeys: ["a"] });
  return fc.oneof(
    { weight: 1, arbitrary: scalar },
    { weight: 4, arbitrary: fc.array(inner, { minLength: 1, maxLength: 4 }) },
    { weight: 5, arbitrary: object },
  );
}
