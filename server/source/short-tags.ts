/**
 * The short forms of CloudFormation's functions in YAML, each with the key of the object that it stands for: `!Sub text`
 * is `{ "Fn::Sub": "text" }`.
 */
const shortForms: ReadonlyMap<string, string> = new Map([
  ["!Ref", "Ref"],
  ["!Condition", "Condition"],
  ...[
    "And",
    "Base64",
    "Cidr",
    "Equals",
    "FindInMap",
    "GetAtt",
    "GetAZs",
    "If",
    "ImportValue",
    "Join",
    "Not",
    "Or",
    "Select",
    "Split",
    "Sub",
    "Transform",
  ].map((name): [string, string] => [`!${name}`, `Fn::${name}`]),
]);

/** The key of the object that a tag makes of its value; undefined where it is no short form. */
export function longForm(tag: string | undefined): string | undefined {
  return tag === undefined ? undefined : shortForms.get(tag);
}
