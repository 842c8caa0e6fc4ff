import type { Expression, Variable } from "../ir/expression.ts";
import { resolve, type Type } from "../ir/types.ts";

type Value = string | number | boolean;

/** A condition as a question about one value: it holds where `subject` has one of `values`. */
export interface Atom {
  /** Equal for expressions of equal value. */
  readonly subject: string;
  /** The expression that it is about; null where that is the condition itself or a comparison. */
  readonly of: Expression | null;
  readonly values: ReadonlySet<Value>;
  /** All values that the subject can have; null: no end of them. */
  readonly domain: readonly Value[] | null;
}

/** Reads conditions. Variables are told apart by their identity, so that one reader serves one program. */
export interface AtomReader {
  /** Null where the condition can differ by itself, or is too large to compare. */
  atom(when: Expression): Atom | null;
}

const maxKey = 2_000;
const maxDepth = 60;

export function createAtomReader(): AtomReader {
  const numbers = new Map<Variable, number>();
  const numberOf = (variable: Variable): number => {
    const known = numbers.get(variable) ?? numbers.size;
    numbers.set(variable, known);
    return known;
  };

  function keyOf(expression: Expression): string | null {
    const parts: string[] = [];
    let left = maxKey;
    const put = (text: string): boolean => {
      parts.push(text);
      left -= text.length;
      return left > 0;
    };
    const write = (part: Expression, depth: number): boolean => {
      const all = (list: readonly Expression[], open: string): boolean =>
        put(open) && list.every((one) => write(one, depth + 1) && put(",")) && put(")");
      if (depth > maxDepth) return false;
      switch (part.kind) {
        case "literal":
          return put(JSON.stringify(part.value));
        case "variable":
          return put(`%${numberOf(part.variable)}`);
        case "member":
          return write(part.of, depth + 1) && put(`.${JSON.stringify(part.name)}`);
        case "unary":
          return all([part.operand], `(${part.operator}`);
        case "binary":
          return all([part.left, part.right], `(${part.operator}`);
        case "conditional":
          return all([part.test, part.then, part.otherwise], "(?");
        case "array":
          return all(part.items, "([");
        case "call":
          return part.scope !== true && all(part.args, `(${part.fn} `);
        case "object":
        case "template":
        case "lambda":
          return false;
        default:
          return part satisfies never;
      }
    };
    return write(expression, 0) ? parts.join("") : null;
  }

  function truth(expression: Expression, holds: boolean): Atom | null {
    const subject = keyOf(expression);
    return subject === null ? null : { subject, of: null, values: new Set([holds]), domain: [true, false] };
  }

  /** `x == "a"`: about `x` where that has few values, else about the whole comparison. */
  function equality(left: Expression, right: Expression, holds: boolean, whole: Expression): Atom | null {
    const [of, literal] = left.kind === "literal" ? [right, left] : [left, right];
    const domain = valuesOf(of.type);
    const subject = keyOf(of);
    if (literal.kind !== "literal" || literal.value === null || domain === null || subject === null)
      return truth({ ...whole, kind: "binary", operator: "===", left, right }, holds);
    const { value } = literal;
    return { subject, of, values: new Set(domain.filter((one) => (one === value) === holds)), domain };
  }

  function atom(when: Expression, depth = 0): Atom | null {
    if (depth > maxDepth) return null;
    if (when.kind === "unary" && when.operator === "!") {
      const inner = atom(when.operand, depth + 1);
      return inner?.domain == null
        ? null
        : { ...inner, values: new Set(inner.domain.filter((value) => !inner.values.has(value))) };
    }
    if (when.kind !== "binary") return truth(when, true);
    const { operator, left, right } = when;
    switch (operator) {
      case "===":
      case "!==":
        return equality(left, right, operator === "===", when);
      case "<":
      case ">=":
        return truth({ ...when, operator: "<" }, operator === "<");
      case ">":
      case "<=":
        return truth({ ...when, operator: "<", left: right, right: left }, operator === ">");
      case "||": {
        const [one, other] = [atom(left, depth + 1), atom(right, depth + 1)];
        if (one === null || other === null || one.subject !== other.subject) return truth(when, true);
        return { ...one, values: new Set([...one.values, ...other.values]) };
      }
      default:
        return truth(when, true);
    }
  }

  return { atom: (when) => atom(when) };
}

const maxValues = 200;

/** The values of a type that has only so many. */
function valuesOf(type: Type): readonly Value[] | null {
  const resolved = resolve(type);
  if (resolved.kind === "boolean") return [true, false];
  if (resolved.kind === "literal") return [resolved.value];
  if (resolved.kind !== "union" || resolved.of.length > maxValues) return null;
  const values = resolved.of.map((one) => valuesOf(one));
  const known = values.filter((some) => some !== null);
  return known.length < values.length ? null : known.flat();
}
