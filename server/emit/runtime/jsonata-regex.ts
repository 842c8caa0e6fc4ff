/** A state of a regular expression: what it asks of a character or of a place, and where it goes on. */
export type RegexState =
  | {
      readonly kind: "take";
      readonly takes: (code: number) => boolean;
      readonly next: number;
    }
  | {
      readonly kind: "hold";
      readonly holds: (before: number, after: number) => boolean;
      readonly next: number;
    }
  /** Tries all of `next`, in this order. */
  | { readonly kind: "try"; readonly next: readonly number[] }
  /** Begins a repetition, or ends it where it has taken a character; `loop` is the bit of its depth among repetitions. */
  | {
      readonly kind: "begin" | "done";
      readonly loop: number;
      readonly next: number;
    }
  /** Notes the place, or forgets it, as an end of a group. */
  | {
      readonly kind: "note";
      readonly slots: readonly number[];
      readonly isKept: boolean;
      readonly next: number;
    }
  | { readonly kind: "end" };

export interface Regex {
  readonly states: readonly RegexState[];
  readonly start: number;
  readonly groups: number;
}

/** A way that may still lead to a match, and the ends of groups on it. */
interface RegexWay {
  readonly state: number;
  /** The repetitions that have not taken a character yet, as bits. */
  readonly empty: number;
  readonly slots: readonly number[];
}

/**
 * The first match from a place on: the ends of all of it and of each group, -1 where there is none. It is the one that
 * JavaScript's own RegExp finds, but all ways are followed at once (Pike's machine), so that the time is linear in the
 * text whatever the pattern.
 */
export function findRegex(
  regex: Regex,
  text: string,
  from: number,
): readonly number[] | null {
  const seen: number[] = [];
  const none = Array.from({ length: 2 * regex.groups + 2 }, () => -1);
  let ways: readonly RegexWay[] = [];
  let found: readonly number[] | null = null;
  for (let at = from; at <= text.length; at++) {
    const before = at > 0 ? text.charCodeAt(at - 1) : -1;
    const after = at < text.length ? text.charCodeAt(at) : -1;
    const waiting: RegexWay[] = [];
    const first: readonly RegexWay[] =
      found === null
        ? [...ways, { state: regex.start, empty: 0, slots: none.with(0, at) }]
        : ways;
    const end = followWays(regex, first, seen, at, before, after, waiting);
    if (end !== null) found = end.with(1, at);
    ways = waiting;
    if (found !== null && ways.length === 0) break;
  }
  return found;
}

/** Follows ways to the characters that they take next; gives the ends of the first that comes to its end, and drops all after it. */
function followWays(
  { states }: Regex,
  first: readonly RegexWay[],
  seen: number[],
  at: number,
  before: number,
  after: number,
  waiting: RegexWay[],
): readonly number[] | null {
  const open = first.toReversed();
  for (let way = open.pop(); way !== undefined; way = open.pop()) {
    const { slots, empty } = way;
    const state = states[way.state];
    const id = way.state + empty * states.length;
    if (state === undefined || seen[id] === at) continue;
    seen[id] = at;
    switch (state.kind) {
      case "take":
        if (after >= 0 && state.takes(after))
          waiting.push({ state: state.next, empty: 0, slots });
        break;
      case "hold":
        if (state.holds(before, after))
          open.push({ state: state.next, empty, slots });
        break;
      case "try":
        for (const next of state.next.toReversed())
          open.push({ state: next, empty, slots });
        break;
      case "begin":
        open.push({ state: state.next, empty: empty | state.loop, slots });
        break;
      case "done":
        if ((empty & state.loop) === 0)
          open.push({ state: state.next, empty, slots });
        break;
      case "note": {
        const noted = [...slots];
        for (const slot of state.slots) noted[slot] = state.isKept ? at : -1;
        open.push({ state: state.next, empty, slots: noted });
        break;
      }
      case "end":
        return slots;
    }
  }
  return null;
}
