import type { Code, Statement, Target, TypeCode } from "../../server/emit/layout/syntax.ts";
import type { Random } from "./random-programs.ts";

const words = [
  "a",
  "id",
  "item",
  "order",
  "customer",
  "Payment",
  "Total",
  "shipping",
  "AddressOfCustomer",
  "x",
  "status",
];
const operators = ["&&", "||", "??", "===", "!==", "<", ">=", "+", "-", "*"];

/** Statements of every form that the layout knows, some with lines that are far too long. */
export function randomStatements(random: Random, depth: number): readonly Statement[] {
  const pick = <T>(choices: readonly [T, ...T[]] | readonly T[]): T => choices[random(choices.length)] as T;
  const chance = (percent: number): boolean => random(100) < percent;
  const several = <T>(count: number, make: (index: number) => T): readonly T[] =>
    Array.from({ length: count }, (_, index) => make(index));

  function word(): string {
    const [first = "a", ...rest] = several(1 + random(4), () => pick(words));
    return first.toLowerCase() + rest.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join("");
  }

  function text(): Code {
    return { kind: "string", raw: JSON.stringify(several(random(6), word).join(" ")) };
  }

  function number(): Code {
    return { kind: "number", raw: String(random(100_000)) };
  }

  function member(length: number): Code {
    let code: Code = { kind: "name", name: word() };
    for (let index = 0; index < length; index++) {
      code = chance(15)
        ? { kind: "index", of: code, key: text(), optional: false }
        : { kind: "member", of: code, name: word(), optional: chance(10) };
    }
    return code;
  }

  /** Chains of one logical operator lean to the left, as the parser leaves them. */
  function binary(operator: string, left: Code, right: Code): Code {
    const leans = operator === "&&" || operator === "||" || operator === "??";
    if (leans && right.kind === "binary" && right.operator === operator)
      return binary(operator, binary(operator, left, right.left), right.right);
    return { kind: "binary", operator, left, right };
  }

  function code(level: number): Code {
    switch (level <= 0 ? random(6) : random(19)) {
      case 0:
      case 1:
        return { kind: "name", name: word() };
      case 2:
        return text();
      case 3:
        return number();
      case 4:
        return { kind: "keyword", keyword: pick(["true", "false", "null"] as const) };
      case 5:
        return member(1 + random(4));
      case 6:
        return { kind: "array", items: several(random(5), () => code(level - 1)) };
      case 7:
      case 8:
        return { kind: "object", properties: several(random(5), (index) => property(index, level - 1)) };
      case 9:
      case 10:
      case 11:
        return { kind: "call", callee: word(), args: args(random(5), level - 1) };
      case 12:
        return { kind: "unary", operator: pick(["!", "-"] as const), argument: code(level - 1) };
      case 13:
      case 14:
      case 15:
        return binary(pick(operators), code(level - 1), code(level - 1));
      case 16:
        return { kind: "conditional", test: code(level - 1), then: code(level - 1), otherwise: code(level - 1) };
      case 17:
        return { kind: "template", texts: ["text ", " more"], values: [member(2)] };
      default:
        return { kind: "array", items: several(random(30), number) };
    }
  }

  function property(index: number, level: number): Extract<Code, { kind: "object" }>["properties"][number] {
    if (chance(10)) return { kind: "shorthand", name: word() + index };
    return {
      kind: "property",
      key: chance(50) ? word() + index : `"${word()}-${index}"`,
      value: code(level),
      origin: null,
    };
  }

  function typeArgs(): { readonly typeArgs?: readonly TypeCode[] } {
    return chance(15) ? { typeArgs: several(1 + random(2), () => type(2)) } : {};
  }

  function type(level: number): TypeCode {
    switch (level <= 0 ? random(2) : random(6)) {
      case 0:
        return { kind: "word", text: pick(["string", "number", "void"]) };
      case 1:
        return { kind: "literal", raw: JSON.stringify(word()) };
      case 2:
        return { kind: "reference", name: "Array", args: [type(level - 1)] };
      case 3:
        return { kind: "union", of: several(2 + random(3), () => type(0)) };
      default:
        return {
          kind: "shape",
          members: several(1 + random(4), (index) => ({
            kind: "field",
            key: `${word()}${index}`,
            optional: chance(20),
            type: type(level - 1),
            comment: [],
          })),
        };
    }
  }

  /** Functions stand last, as in all calls that the compiler makes. */
  function args(count: number, level: number): readonly Code[] {
    return several(count, (index) => (index > 0 && index === count - 1 && chance(40) ? arrow(level) : code(level)));
  }

  function arrow(level: number): Code {
    if (chance(50))
      return {
        kind: "arrow",
        async: chance(70),
        parameters: pick([[], ["scope"], ["scope", "item", "index"]]),
        body: statements(level),
      };
    const body = code(level);
    return {
      kind: "arrow",
      async: false,
      parameters: pick([["item"], ["item", "index"]]),
      body: body.kind === "arrow" ? text() : body,
    };
  }

  function value(level: number): Code {
    if (!chance(40)) return code(level);
    return {
      kind: "await",
      argument: {
        kind: "call",
        callee: "call",
        ...typeArgs(),
        args: [{ kind: "name", name: "scope" }, text(), member(1), code(level)],
      },
    };
  }

  function target(): Target {
    const name = (): Target => ({ kind: "name", name: word() });
    if (chance(80)) return name();
    return chance(50)
      ? { kind: "list", items: [name(), null, { kind: "names", names: [word(), `${word()}1`] }] }
      : { kind: "names", names: [word(), `${word()}1`, `${word()}2`] };
  }

  function statements(level: number): readonly Statement[] {
    return several(random(3) + (level > 0 ? 1 : 0), () => {
      const made = statement(level);
      return chance(20) ? { ...made, comment: several(1 + random(2), remark) } : made;
    });
  }

  function remark(): string {
    return chance(10) ? "" : several(1 + random(25), word).join(" ");
  }

  function statement(level: number): Statement {
    const origin = null;
    switch (level <= 0 ? random(4) : random(10)) {
      case 0:
      case 1:
        return { origin, kind: "declare", keyword: "const", target: target(), type: null, value: value(level) };
      case 2:
        return { origin, kind: "assign", target: word(), value: value(level) };
      case 3:
        return {
          origin,
          kind: "expression",
          value: { kind: "call", callee: word(), args: [code(level), code(level)] },
        };
      case 4: {
        const cases = several(1 + random(3), () => ({ test: code(level), then: statements(level - 1) }));
        return { origin, kind: "if", cases, otherwise: chance(50) ? statements(level - 1) : null };
      }
      case 5:
        return {
          origin,
          kind: "while",
          label: chance(30) ? word() : null,
          test: code(level),
          body: statements(level - 1),
        };
      case 6:
        return { origin, kind: "return", value: chance(80) ? code(level) : null };
      case 7:
        return { origin, kind: "throw", value: code(level) };
      case 8:
        return {
          origin,
          kind: "try",
          body: statements(level - 1),
          handler: { parameter: "error", body: statements(level - 1) },
          finalizer: chance(30) ? statements(level - 1) : null,
        };
      default: {
        const functions = chance(40) ? [arrow(level - 1), arrow(level - 1)] : [arrow(level - 1)];
        const args: readonly Code[] = [{ kind: "name", name: "scope" }, text(), ...functions];
        return {
          origin,
          kind: "expression",
          value: { kind: "await", argument: { kind: "call", callee: pick(["all2", "forEach"]), ...typeArgs(), args } },
        };
      }
    }
  }

  return statements(depth);
}
