/** Recorded executions that a compiled module does not repeat, with the reason. A case that passes must not be here. */
export const knownDifferences: readonly { readonly reason: string; readonly cases: readonly string[] }[] = [];
