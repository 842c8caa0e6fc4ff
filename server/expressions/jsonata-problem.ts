/** What is wrong in an expression: a name that is not there, a wrong number of arguments, or what we do not translate. */
export class QueryProblem extends Error {
  readonly at: number;
  /** What JSONata knows and we do not translate; "" where the expression is wrong. */
  readonly feature: string;
  /** The name that may have been meant, of these. */
  readonly known: Iterable<string>;
  readonly named: string;
  constructor(at: number, problem: string, more: { feature?: string; name?: string; known?: Iterable<string> } = {}) {
    super(problem);
    this.at = at;
    this.feature = more.feature ?? "";
    this.named = more.name ?? "";
    this.known = more.known ?? [];
  }
}
