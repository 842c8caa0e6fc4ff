import { queryError } from "./jsonata.ts";
import { collapsed } from "./jsonata-sequences.ts";
import { argumentError, signedArguments } from "./jsonata-signatures.ts";

export type QueryCallback = (...args: readonly unknown[]) => unknown;

/** Functions with a signature, in which the context of a call may stand for an argument. */
const signedFunctions: WeakMap<
  QueryCallback,
  (args: readonly unknown[], context: unknown) => unknown
> = new WeakMap();

/** A function of an expression. */
export function queryFunction(of: QueryCallback): QueryCallback {
  return of;
}

/** A function with a signature: one of an expression, or of the language as a value. `takes`: how many arguments, of those that callers offer. */
export function signedQuery(
  name: string,
  signature: string,
  takes: number,
  of: QueryCallback,
): QueryCallback {
  const call = (args: readonly unknown[], context: unknown): unknown =>
    of(...signedArguments(name, signature, args, context));
  const signed: QueryCallback = (...args) => call(args, null);
  Object.defineProperty(signed, "length", { value: takes });
  signedFunctions.set(signed, call);
  return signed;
}

/** A function that can call itself. */
export function recursiveQuery(
  make: (itself: QueryCallback) => QueryCallback,
): QueryCallback {
  const itself: QueryCallback = (...args) => of(...args);
  const of = make(itself);
  const body = loopBodies.get(of);
  if (body !== undefined) loopBodies.set(itself, body);
  return of;
}

/** Calls a value that should be a function. */
export function callQuery(of: unknown, ...args: readonly unknown[]): unknown {
  return collapsed(endWithQuery(of, ...args));
}

/** The call that a function ends with: as in the library, a sequence of one item stays one for $map and its like. */
export function endWithQuery(
  of: unknown,
  ...args: readonly unknown[]
): unknown {
  if (typeof of === "function") return of(...args);
  throw queryError("T1006", "Attempted to invoke a non-function");
}

/** Calls a value that should be a function; the context stands for an argument that its signature has and the call has not. */
export function callQueryIn(
  context: unknown,
  of: unknown,
  ...args: readonly unknown[]
): unknown {
  const signed = isCallback(of) ? signedFunctions.get(of) : undefined;
  return signed === undefined
    ? callQuery(of, ...args)
    : collapsed(signed(args, context));
}

function isCallback(value: unknown): value is QueryCallback {
  return typeof value === "function";
}

/** `~>`: calls a function with a value; of two functions it makes one. */
export function applyQuery(value: unknown, of: unknown): unknown {
  if (!isCallback(of))
    throw queryError(
      "T2006",
      "The right side of the function application operator ~> must be a function",
    );
  return isCallback(value)
    ? (given: unknown) => of(collapsed(value(given)))
    : collapsed(of(value));
}

/** A part of a call whose function is a value: those arguments are filled in that are there. */
export function partialQuery(of: unknown, part: QueryCallback): QueryCallback {
  if (typeof of === "function") return part;
  throw queryError("T1008", "Attempted to partially apply a non-function");
}

/** An argument that must be a function. It is given as many arguments as it takes, and at least so many. */
export function callbackArgument(
  value: unknown,
  name: string,
  index = 2,
  least = 1,
): QueryCallback {
  if (!isCallback(value)) throw argumentError(name, index);
  const takes = Math.max(value.length, least);
  return (...args) => value(...args.slice(0, takes));
}

/** The same, of $reduce. */
export function reducerArgument(value: unknown): QueryCallback {
  if (isCallback(value) && value.length < 2)
    throw queryError(
      "D3050",
      "The second argument of reduce function must be a function with at least two arguments",
    );
  return callbackArgument(value, "reduce", 2, 2);
}

/** An argument that must be a function, where there is one. */
export function optionalCallback(
  value: unknown,
  name: string,
): QueryCallback | undefined {
  return value === undefined
    ? undefined
    : callbackArgument(value, name, 2, name === "sort" ? 2 : 1);
}

/** Calls a function by its signature: the context may stand for an argument. */
export function signedCall(
  name: string,
  signature: string,
  args: readonly unknown[],
  context: unknown,
  of: QueryCallback,
): unknown {
  return of(...signedArguments(name, signature, args, context));
}

/** A call that a function leaves to the loop around it. */
interface TailCall {
  readonly of: unknown;
  readonly args: readonly unknown[];
}

const tailCalls: WeakSet<object> = new WeakSet();

/** What functions do in one turn of their loop. */
const loopBodies: WeakMap<QueryCallback, QueryCallback> = new WeakMap();

/** The call that a function ends with. */
export function tailCall(of: unknown, ...args: readonly unknown[]): TailCall {
  const call: TailCall = { of, args };
  tailCalls.add(call);
  return call;
}

function isTailCall(value: unknown): value is TailCall {
  return typeof value === "object" && value !== null && tailCalls.has(value);
}

/** A function that calls what its body ends with one after another, so that the stack does not grow. */
export function loopingQuery(body: QueryCallback): QueryCallback {
  const looping: QueryCallback = (...args) => {
    let result = body(...args);
    while (isTailCall(result)) {
      const { of } = result;
      const next = isCallback(of) ? loopBodies.get(of) : undefined;
      result =
        next === undefined
          ? endWithQuery(of, ...result.args)
          : next(...result.args);
    }
    return result;
  };
  Object.defineProperty(looping, "length", { value: body.length });
  loopBodies.set(looping, body);
  return looping;
}
