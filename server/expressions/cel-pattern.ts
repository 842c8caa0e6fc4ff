/**
 * Checks a regular expression in the part of RE2's syntax that the runtime's `matches` knows: characters, classes,
 * `.`, anchors, `\b`, groups, alternatives and repetition. It is never given to JavaScript's own RegExp.
 */

const MAX_LENGTH = 1_000;
/** States of the automaton, repetitions written out. Matching takes at most this many steps for each character. */
const MAX_STATES = 2_000;
const MAX_DEPTH = 30;
/** As RE2 has it. */
const MAX_COUNT = 1_000;

/** General categories of Unicode, which RE2 and JavaScript both know by these names. */
const PROPERTIES = /^\{(?:L|Lu|Ll|Lt|Lm|Lo|M|Mn|Mc|Me|N|Nd|Nl|No|P|Pc|Pd|Ps|Pe|Pi|Pf|Po|S|Sm|Sc|Sk|So|Z|Zs|Zl|Zp)\}/;
const COUNT = /^\{(\d{1,4})(?:(,)(\d{0,4}))?\}/;
const HEXADECIMAL = /^(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})/;

class PatternProblem extends Error {}

/** What is wrong with the pattern, or null. */
export function checkPattern(pattern: string): string | null {
  if (pattern.length > MAX_LENGTH) return `the pattern is longer than ${MAX_LENGTH} characters`;
  try {
    const states = readPattern(Array.from(pattern.startsWith("(?i)") ? pattern.slice(4) : pattern));
    return states > MAX_STATES ? `the pattern needs more than ${MAX_STATES} states; use smaller counts` : null;
  } catch (error) {
    if (error instanceof PatternProblem) return error.message;
    throw error;
  }
}

/** How many states the pattern needs. */
function readPattern(characters: readonly string[]): number {
  let index = 0;
  let depth = 0;
  const peek = (): string => characters[index] ?? "";
  const rest = (length: number): string => characters.slice(index, index + length).join("");
  const fail = (problem: string): never => {
    throw new PatternProblem(`the pattern is invalid at character ${index + 1}: ${problem}`);
  };

  const readChoice = (): number => {
    let states = 1 + readSequence();
    while (peek() === "|") {
      index++;
      states += readSequence();
    }
    return states;
  };

  const readSequence = (): number => {
    let states = 0;
    while (index < characters.length && peek() !== "|" && peek() !== ")") states += readRepeated();
    return states;
  };

  const readRepeated = (): number => {
    const states = readAtom();
    const count = readCount();
    if (count === null) return states;
    if (readCount() !== null) fail("a repetition is repeated; put it into a group");
    return Math.min(count.copies * (states + 1) + 1, MAX_STATES + 1);
  };

  const readCount = (): { copies: number } | null => {
    const sign = peek();
    let copies = 1;
    if (sign === "{") {
      const [written, least = "", comma, most = ""] = COUNT.exec(rest(12)) ?? [];
      if (written === undefined) return fail("`{` must be written `\\{`, or begin a count such as `{2,5}`");
      if (Number(least) > MAX_COUNT || Number(most) > MAX_COUNT) fail(`a count is more than ${MAX_COUNT}`);
      if (comma !== undefined && most !== "" && Number(most) < Number(least)) fail("the counts are in the wrong order");
      copies = Math.max(Number(least) + (comma !== undefined && most === "" ? 1 : 0), Number(most));
      index += written.length;
    } else if (sign === "*" || sign === "+" || sign === "?") {
      copies = 2;
      index++;
    } else return null;
    if (peek() === "?") index++;
    return { copies };
  };

  const readAtom = (): number => {
    const character = peek();
    if (character === "(") return readGroup();
    if (character === "[") return readClass();
    if ("*+?".includes(character)) fail(`\`${character}\` has nothing to repeat`);
    if (character === "{") fail("`{` must be written `\\{`");
    if (character === "\\" && "AzbB".includes(characters[index + 1] ?? " ")) index += 2;
    else if ("^$.".includes(character)) index++;
    else readCharacter();
    return 1;
  };

  const readGroup = (): number => {
    if (++depth > MAX_DEPTH) fail(`groups are nested more than ${MAX_DEPTH} levels deep`);
    index++;
    if (rest(2) === "?:") index += 2;
    else if (peek() === "?") fail("of groups with `(?`, only `(?:…)` and `(?i)` at the start are supported");
    const states = readChoice();
    if (peek() !== ")") fail("`)` is missing");
    index++;
    depth--;
    return states;
  };

  const readClass = (): number => {
    index++;
    if (peek() === "^") index++;
    do readRange();
    while (index < characters.length && peek() !== "]");
    if (peek() !== "]") fail("`]` is missing");
    index++;
    return 1;
  };

  const readRange = (): void => {
    if (rest(2) === "[:") fail("classes such as `[:alpha:]` are not supported");
    const first = readCharacter();
    if (peek() !== "-" || (characters[index + 1] ?? "]") === "]") return;
    if (first === null) fail("a range begins with a kind of characters");
    index++;
    const last = readCharacter();
    if (last === null || first === null || last < first) fail("a range is in the wrong order");
  };

  /** The code of a character, or null for a kind of characters. */
  const readCharacter = (): number | null => {
    const character = peek();
    index++;
    if (character !== "\\") return character.codePointAt(0) ?? fail("`]` is missing");
    const letter = peek();
    index++;
    if (/^[dDwWsS]$/.test(letter)) return null;
    if (letter === "p" || letter === "P") return readProperty();
    if (letter === "x") return readHexadecimal();
    const control = "tnvfr".indexOf(letter);
    if (letter !== "" && control >= 0) return control + 9;
    if (/^[!-/:-@[-`{-~]$/.test(letter)) return letter.charCodeAt(0);
    index -= 1;
    return fail(`\`\\${letter}\` is not supported`);
  };

  const readProperty = (): null => {
    const [written] = PROPERTIES.exec(rest(6)) ?? [];
    if (written === undefined) return fail("only general categories such as `\\p{L}` are supported");
    index += written.length;
    return null;
  };

  const readHexadecimal = (): number => {
    const [written, two, many] = HEXADECIMAL.exec(rest(8)) ?? [];
    const code = Number.parseInt(two ?? many ?? "", 16);
    if (written === undefined || code > 0x10ffff) return fail("`\\x` needs two digits, or up to six in braces");
    index += written.length;
    return code;
  };

  const states = readChoice();
  if (index < characters.length) fail("`)` has no `(` before it");
  return states;
}
