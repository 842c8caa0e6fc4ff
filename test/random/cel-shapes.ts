import type { Draw } from "./draw.ts";
import type { Scope, Write } from "./expressions.ts";
import { boolean, integer, number, type Sort, string } from "./sorts.ts";

/** A list that expressions can name. */
export interface Listed {
  readonly text: string;
  readonly of: Sort;
}

type Shapes = readonly [() => string, ...(() => string)[]];

/** CEL that computes, by the kind of what it gives: operators, functions and macros. */
export function shapesOf(sort: Sort, lists: readonly Listed[], cel: Write, draw: Draw): Shapes | null {
  switch (sort.kind) {
    case "number":
      return numbers(lists, cel, draw);
    case "integer":
      return integers(lists, cel, draw);
    case "string":
      return texts(lists, cel, draw);
    case "list":
      return listShapes(sort.of, lists, cel, draw);
    case "map":
      return [
        () => `{'a': ${cel(sort.of)}, 'b c': ${cel(sort.of)}}`,
        () => `{'a': ${cel(sort.of)}}.transformMap(k, v, ${cel(sort.of, [{ text: "v", sort: sort.of }])})`,
        () => `{${cel(string)}: ${cel(sort.of)}}`,
      ];
    default:
      return null;
  }
}

function numbers(lists: readonly Listed[], cel: Write, draw: Draw): Shapes {
  const list = draw.one(lists.filter(({ of }) => of.kind === "number"));
  return [
    () => `${cel(number)} ${draw.pick(["+", "-", "*"])} ${cel(number)}`,
    () => `double(${cel(integer)})`,
    () => `-(${cel(number)})`,
    () => `(${cel(number)}) / 2.5`,
    () => `math.${draw.pick(["abs", "sign"])}(${cel(number)})`,
    () => `math.least(${cel(number)}, ${cel(integer)})`,
    () => `double('1.5')`,
    () => (list === undefined ? "1.25" : `${list.text}[0]`),
  ];
}

function integers(lists: readonly Listed[], cel: Write, draw: Draw): Shapes {
  const list = draw.one(lists);
  const same = draw.one(lists.filter(({ of }) => of.kind === "integer"));
  return [
    () => `(${cel(integer)}) ${draw.pick(["+", "-", "*", "%", "/"])} ${1 + draw.below(9)}`,
    () => `size(${cel(string)})`,
    () => `math.greatest(${cel(integer)}, ${cel(integer)})`,
    () => (list === undefined ? "7" : `size(${list.text})`),
    () => (same === undefined ? "8" : `${same.text}[${draw.below(3)}]`),
    () => `(${cel(string)}).${draw.pick(["indexOf", "lastIndexOf"])}(${cel(string)})`,
    () => `int(${cel(draw.pick([number, integer]))})`,
    () => `math.${draw.pick(["round", "ceil", "floor", "trunc"])}(${cel(number)})`,
    () => `math.bitAnd(${cel(integer)}, 7)`,
    () => `timestamp('2030-01-31T12:00:00Z').${draw.pick(["getFullYear", "getMonth", "getHours"])}()`,
    () => `(timestamp(${cel(integer)}) - timestamp('2030-01-31T12:00:00Z')).getSeconds()`,
    () => `duration('1h30m').getMinutes()`,
    () => `[${cel(integer)}, ${cel(integer)}][${draw.below(2)}]`,
    () => `{'a': ${cel(integer)}}.a`,
  ];
}

function texts(lists: readonly Listed[], cel: Write, draw: Draw): Shapes {
  const list = draw.one(lists.filter(({ of }) => of.kind === "string"));
  return [
    () => `${cel(string)} + ${cel(string)}`,
    () => `string(${cel(draw.pick([integer, number, boolean]))})`,
    () => `(${cel(string)}).${draw.pick(["lowerAscii", "upperAscii", "trim"])}()`,
    () => `(${cel(string)}).replace('a', ${cel(string)})`,
    () => `'%s: %d'.format([${cel(string)}, ${cel(integer)}])`,
    () => `cel.bind(x, ${cel(string)}, x + x)`,
    () => `(${cel(string)}).substring(${draw.below(3)})`,
    () => `(${cel(string)}).split(',').join(${cel(string)})`,
    () => `[${cel(string)}, ${cel(string)}].join('-')`,
    () => `string(timestamp('2030-01-31T12:00:00Z') + duration('1h'))`,
    () => (list === undefined ? "'b'" : `${list.text}[0]`),
    () => `(${cel(boolean)} ? ${cel(string)} : 'none')`,
    () => `{'a': ${cel(string)}, 'b': ${cel(string)}}[${draw.pick(["'a'", "'b'"])}]`,
    () => `strings.quote(${cel(string)})`,
  ];
}

function listShapes(of: Sort, lists: readonly Listed[], cel: Write, draw: Draw): Shapes {
  const other = draw.one(lists);
  const named = (text: string, sort: Sort): Scope => [{ text, sort }];
  const literal = (): string => `[${cel(of)}, ${cel(of)}]`;
  return [
    literal,
    () => `(${cel(boolean)} ? ${literal()} : [${cel(of)}])`,
    () => `${literal()} + [${cel(of)}]`,
    () => `${literal()}.filter(x, ${cel(boolean, named("x", of))})`,
    () => (other === undefined ? literal() : `${other.text}.map(x, ${cel(of, named("x", other.of))})`),
    () =>
      other === undefined
        ? literal()
        : `${other.text}.map(x, ${cel(boolean, named("x", other.of))}, ${cel(of, named("x", other.of))})`,
    () =>
      other === undefined
        ? literal()
        : `${other.text}.transformList(i, x, ${cel(of, [...named("x", other.of), ...named("i", integer)])})`,
    () => `[1, 2].map(x, ${cel(of, named("x", integer))})`,
  ];
}

/** CEL that is true or false. `optional`: members that may be absent; `scope`: all that has a name. */
export function testsOf(scope: Scope, lists: readonly Listed[], cel: Write, draw: Draw): Shapes {
  const list = draw.one(lists);
  const optional = draw.one(optionalMembers(scope));
  const nullable = draw.one(scope.filter(({ sort }) => sort.kind === "nullable"));
  const words = draw.one(scope.flatMap(({ text, sort }) => (sort.kind === "words" ? [{ text, of: sort.of }] : [])));
  const variants = draw.one(scope.filter(({ sort }) => sort.kind === "variants"));
  const over = (test: (item: Sort) => string): string =>
    list === undefined ? `[1, 2, 3].exists(x, ${test(integer)})` : `${list.text}.exists(x, ${test(list.of)})`;
  const each = (macro: string): string =>
    over((of) => cel(boolean, [{ text: "x", sort: of }])).replace("exists", macro);
  return [
    () => `${cel(number)} ${draw.pick(["<", ">", "<=", ">=", "==", "!="])} ${cel(number)}`,
    () => `(${cel(boolean)} ${draw.pick(["&&", "||"])} ${cel(boolean)})`,
    () => `!(${cel(boolean)})`,
    () => `(${cel(string)}).${draw.pick(["contains", "startsWith", "endsWith"])}(${cel(string)})`,
    () => `(${cel(string)}).matches('^a+[0-9]$')`,
    () => (optional === undefined ? `size(${cel(string)}) > 1` : `has(${optional.text})`),
    () => (optional === undefined ? cel(boolean) : `(has(${optional.text}) && ${cel(boolean, [optional])})`),
    () => (optional === undefined ? cel(boolean) : `(has(${optional.text}) ? ${cel(boolean, [optional])} : false)`),
    () => (nullable === undefined ? "1 < 2" : `${nullable.text} ${draw.pick(["==", "!="])} null`),
    () =>
      nullable?.sort.kind === "nullable"
        ? `(${nullable.text} != null && ${cel(boolean, [{ text: nullable.text, sort: nullable.sort.of }])})`
        : cel(boolean),
    () =>
      words === undefined
        ? `${cel(string)} == ${cel(string)}`
        : `${words.text} ${draw.pick(["==", "!="])} ${JSON.stringify(draw.one(words.of) ?? "")}`,
    () => (words === undefined ? "'a' < 'b'" : `${words.text} in ${JSON.stringify(words.of)}`),
    () => (variants === undefined ? cel(boolean) : `${variants.text}.kind == ${draw.pick(["'card'", "'bank'"])}`),
    () => each(draw.pick(["exists", "all", "exists_one"])),
    () => `${cel(integer)} in [1, 2, ${cel(integer)}]`,
    () => `[${cel(integer)}] == [${cel(integer)}]`,
    () => `'a' in {'a': ${cel(integer)}}`,
    () => `timestamp('2030-01-31T12:00:00Z') < timestamp(${cel(integer)})`,
    () => `dyn(${cel(integer)}) == dyn(${cel(string)})`,
    () => `[${cel(boolean)}, ${cel(boolean)}].all(x, x)`,
  ];
}

function optionalMembers(scope: Scope): Scope {
  return scope.flatMap(({ text, sort }) =>
    sort.kind === "object"
      ? sort.members
          .filter(({ required, name }) => !required && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && name !== "in")
          .map(({ name, sort: of }) => ({ text: `${text}.${name}`, sort: of }))
      : [],
  );
}
