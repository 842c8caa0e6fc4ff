/** The value of the port that an activity with exclusive ports has chosen. */
export function portValue<
  R extends { readonly port: string; readonly value: unknown },
  P extends R["port"],
>(result: R, port: P): Extract<R, { readonly port: P }>["value"] {
  if (result.port !== port)
    throw new Error(`port ${port} was not taken, but ${result.port}`);
  return result.value;
}

/** A value from outside as the type that the definition declares for it. Whoever sends it answers for that. */
export function declaredAs<T>(value: unknown): T {
  return value as T;
}
