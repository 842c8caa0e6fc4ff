/**
 * Checks a regular expression that JavaScript has found well formed: it must be one that the runtime's `readRegex` knows,
 * which follows all alternatives at once and so cannot look around or back, and of a size that bounds the time for a character.
 */

/** States of the machine, repetitions written out. */
const MAX_STATES = 2_000;
const MAX_DEPTH = 30;
/** Repetitions in each other. Which of them have taken a character yet may double the states for each. */
const MAX_LOOPS = 5;

const COUNT = /(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})\??/y;
/** What stands for a character after a backslash: in JavaScript every other one stands for itself. */
const ESCAPE = /\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|0(?!\d)|[^xukpPc0-9])/y;

class PatternProblem extends Error {}

/** What the runtime does not know of a pattern, or null. */
export function checkQueryPattern(pattern: string): string | null {
  try {
    const states = statesOf(pattern);
    return states > MAX_STATES ? `a regular expression of more than ${MAX_STATES} states` : null;
  } catch (error) {
    if (error instanceof PatternProblem) return error.message;
    throw error;
  }
}

function statesOf(pattern: string): number {
  let index = 0;
  let depth = 0;
  /** How deep repetitions are nested in what was read last. */
  let loops = 0;
  const matched = (form: RegExp): RegExpExecArray | null => {
    form.lastIndex = index;
    const found = form.exec(pattern);
    if (found !== null) index = form.lastIndex;
    return found;
  };

  const readChoice = (): number => {
    let states = 1;
    let most = 0;
    while (index < pattern.length && pattern.charAt(index) !== ")") {
      loops = 0;
      if (pattern.charAt(index) === "|") index++;
      else states += readRepeated();
      most = Math.max(most, loops);
    }
    loops = most;
    return states;
  };

  const readRepeated = (): number => {
    const states = readAtom();
    const count = matched(COUNT);
    if (count === null) return states;
    if (++loops > MAX_LOOPS)
      throw new PatternProblem(`repetitions nested more than ${MAX_LOOPS} deep in a regular expression`);
    const [, least = "1", comma, most = ""] = count;
    const copies = Math.max(Number(least) + (comma === "," && most === "" ? 1 : 0), Number(most), 1);
    return Math.min(copies * (states + 4), MAX_STATES + 1);
  };

  const readAtom = (): number => {
    const character = pattern.charAt(index);
    if (character === "\\") readEscape();
    else if (character === "[") readClass();
    else if (character === "(") return readGroup();
    else index++;
    return 1;
  };

  const readGroup = (): number => {
    if (++depth > MAX_DEPTH)
      throw new PatternProblem(`groups nested more than ${MAX_DEPTH} deep in a regular expression`);
    index++;
    if (pattern.startsWith("?:", index)) index += 2;
    else if (pattern.charAt(index) === "?")
      throw new PatternProblem("groups that begin with `(?`, but for `(?:`, in a regular expression");
    const states = readChoice();
    index++;
    depth--;
    return states + 3;
  };

  const readClass = (): void => {
    for (index++; index < pattern.length && pattern.charAt(index) !== "]"; )
      if (pattern.charAt(index) === "\\") readEscape();
      else index++;
    index++;
  };

  const readEscape = (): void => {
    if (matched(ESCAPE) !== null) return;
    const written = pattern.slice(index, index + 2);
    throw new PatternProblem(`\`${written}\` in a regular expression`);
  };

  return readChoice();
}
