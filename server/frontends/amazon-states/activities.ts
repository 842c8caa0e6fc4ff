import type { Origin } from "../../diagnostics/diagnostic.ts";
import type { ActivityDeclaration } from "../../ir/program.ts";
import { integer, type MemberType, number, string, type Type, unknown } from "../../ir/types.ts";
import { placeholderName } from "./substitutions.ts";

/** The activities that Tasks call: one for each resource, taking what all of its Tasks give. */
export interface ActivityCollector {
  use(name: string, input: Type, origin: Origin): void;
  readonly declared: readonly ActivityDeclaration[];
}

export function createActivities(): ActivityCollector {
  const byName = new Map<string, ActivityDeclaration>();
  return {
    use(name, input, origin) {
      const before = byName.get(name);
      const type = before === undefined ? widened(input) : commonType(before.input, widened(input));
      byName.set(name, { name, description: "", input: type, output: unknown, origin: before?.origin ?? origin });
    },
    get declared() {
      return [...byName.values()];
    },
  };
}

/**
 * `arn:aws:states:::lambda:invoke` is `states:::lambda:invoke` in every partition, `${LambdaArn}` is `LambdaArn`, any
 * other ARN is whole.
 */
export function activityName(resource: string): string {
  const integration =
    /^arn:(?:[\w-]{1,40}|\$\{[^{}]{1,128}\}):states:(?:[\w-]{1,40}|\$\{[^{}]{1,128}\})?:(?:\d{1,20}|\$\{[^{}]{1,128}\})?:(?!activity:)/.exec(
      resource,
    );
  if (integration !== null) return `states:::${resource.slice(integration[0].length)}`;
  return placeholderName(resource) ?? resource;
}

/** What takes both types. Objects are taken member by member: one that not all Tasks give is optional. */
function commonType(a: Type, b: Type): Type {
  if (a.kind === "object" && b.kind === "object") {
    const members = new Map<string, MemberType>();
    for (const [name, { type, required }] of a.members) {
      const other = b.members.get(name);
      members.set(
        name,
        other === undefined
          ? { type, required: false }
          : { type: commonType(type, other.type), required: required && other.required },
      );
    }
    for (const [name, { type }] of b.members) if (!members.has(name)) members.set(name, { type, required: false });
    return { kind: "object", members, additional: a.additional ?? b.additional };
  }
  if (a.kind === "array" && b.kind === "array") return { kind: "array", element: commonType(a.element, b.element) };
  if (
    a.kind === b.kind &&
    (a.kind === "string" || a.kind === "boolean" || a.kind === "integer" || a.kind === "number" || a.kind === "null")
  )
    return a;
  if ((a.kind === "integer" || a.kind === "number") && (b.kind === "integer" || b.kind === "number")) return number;
  return unknown;
}

/** A type without what one Task alone says: a literal is any value of its kind. */
function widened(type: Type): Type {
  switch (type.kind) {
    case "literal":
      if (typeof type.value === "string") return string;
      return typeof type.value === "boolean" ? { kind: "boolean" } : Number.isInteger(type.value) ? integer : number;
    case "array":
      return { kind: "array", element: widened(type.element) };
    case "object":
      return {
        kind: "object",
        members: new Map([...type.members].map(([name, member]) => [name, { ...member, type: widened(member.type) }])),
        additional: type.additional,
      };
    default:
      return type;
  }
}
