/** Random expressions, the same for the same seed, over data in which much is missing or of another shape. */
export const randomData: readonly unknown[] = [
  {
    n: 5,
    s: "hello",
    a: { b: { n: 1, name: "x" }, items: [1] },
    b: [{ a: 1 }, { a: [2, 3] }],
    list: [3, 1, 2],
    obj: { items: { name: "o" } },
    items: [
      { name: "x", price: 3, tags: ["t", "u"], n: 1, a: { b: 1 } },
      { name: "y", price: 1, tags: "t" },
      { price: 7, list: [1] },
    ],
    tags: [],
    name: "root",
  },
  {
    n: [],
    items: { name: "x", price: 2, tags: [[1], [2]] },
    list: [[1, 2], [3]],
    a: [],
    b: null,
    s: "",
    obj: {},
    name: ["p", "q"],
  },
  {},
];

const names = ["a", "b", "items", "name", "price", "tags", "list", "n", "s", "obj", "missing"] as const;
const literals = [
  "1",
  "0",
  "2.5",
  '"x"',
  '"t"',
  "null",
  "true",
  "false",
  "[]",
  "[1, 2]",
  '""',
  "{}",
  '{"a": 1}',
] as const;
const operators = ["+", "-", "*", "/", "%", "&", "=", "!=", "<", ">=", "in", "and", "or", "?:", "??"] as const;
const functions =
  "sum max count string uppercase length number boolean not keys spread merge reverse sort distinct type exists abs join floor clone trim average".split(
    " ",
  );
const chained = [
  "$string()",
  "$count()",
  "$sort()",
  "$append(1)",
  "$uppercase",
  '|items|{"new": 1}|',
  '|$|{"z": 2}, "a"|',
] as const;

/** Where an expression stands: how deep it may get, whether there is a context, and what is bound. */
interface Around {
  readonly depth: number;
  readonly isInner: boolean;
  readonly variables: readonly string[];
}

export function randomExpressions(count: number, seed: number): readonly string[] {
  let state = seed;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * limit);
  };
  const pick = (of: readonly string[]): string => of[below(of.length)] ?? "";

  function path(around: Around): string {
    const variables = [...around.variables];
    const isVariable = variables.length > 0 && below(4) === 0;
    const isRelative = around.isInner && below(3) > 0;
    let text = isRelative ? pick([...names, "$"]) : isVariable ? pick(variables) : "$states.input.data";
    for (let steps = 1 + below(3); steps > 0; steps--)
      text += step({ depth: around.depth - 1, isInner: true, variables }, variables);
    if (below(12) > 0) return text;
    const value = expression({ depth: around.depth - 2, isInner: true, variables });
    return `${text}{${pick(["name", '"k"', "$string(price)", "s"])}: ${value}}`;
  }

  function step(around: Around, variables: string[]): string {
    const inner = { ...around, depth: around.depth - 1 };
    const bound = (mark: string): string => {
      variables.push(`$v${below(3)}`);
      return `.${pick(names)}${mark}${variables.at(-1)}`;
    };
    switch (below(around.depth > 0 ? 20 : 8)) {
      case 0:
        return pick([".*", ".**"]);
      case 1:
        return "[]";
      case 2:
        return pick(["[0]", "[1]", "[-1]", "[[0..1]]"]);
      case 8:
        return `[${expression(inner)}]`;
      case 9:
        return `.(${expression(inner)})`;
      case 10:
        return `.{"k": ${expression(inner)}}`;
      case 11:
        return `.[${expression(inner)}]`;
      case 12:
        return `^(${pick(["", ">"])}${pick(["price", "name", "n", "$"])})`;
      case 13:
        return bound("#");
      case 14:
        return bound("@");
      case 15:
        return `.${pick(names)}.%`;
      case 16:
        return `.${pick(names)}[%.${pick(names)} = ${pick(literals)}]`;
      case 17:
        return `.${pick(["$string", "$count", "$type", "$boolean", "$keys"])}(${pick(["$", ...names])})`;
      default:
        return `.${pick(names)}`;
    }
  }

  function lambda(around: Around, parameters: readonly string[]): string {
    const inner = { ...around, variables: [...around.variables, ...parameters] };
    return `function(${parameters.join(", ")}) { ${expression(inner)} }`;
  }

  function expression(around: Around): string {
    const { depth, isInner, variables } = around;
    if (depth <= 0) {
      const isData = below(2) === 0;
      return isData ? pick(isInner ? ["$", ...names] : ["$states.input.data.n"]) : pick([...literals, ...variables]);
    }
    const inner = { ...around, depth: depth - 1 };
    const one = (): string => expression(inner);
    switch (below(18)) {
      case 0:
      case 1:
        return `(${one()} ${pick(operators)} ${one()})`;
      case 2:
        return `(${one()} ? ${one()} : ${one()})`;
      case 3:
        return `[${one()}, ${one()}]`;
      case 4:
        return `{"p": ${one()}, "q": ${one()}}`;
      case 5:
        return `($z := ${one()}; ${expression({ ...inner, variables: [...variables, "$z"] })})`;
      case 6:
        return `$map(${one()}, ${lambda(inner, ["$v", "$w", "$u"].slice(0, 1 + below(3)))})`;
      case 7:
        return `$filter(${one()}, ${lambda(inner, ["$v", "$w"])})`;
      case 8:
        return `$reduce(${one()}, ${lambda(inner, ["$v", "$w"])}${pick(["", ", 1"])})`;
      case 9:
        return `(${one()} ~> ${pick(chained)})`;
      case 10:
      case 11:
        return `$${pick(functions)}(${one()})`;
      case 12:
        return `$append(${one()}, ${one()})`;
      default:
        return path(inner);
    }
  }

  return Array.from({ length: count }, () => expression({ depth: 4, isInner: false, variables: [] }));
}
