import { distance } from "fastest-levenshtein";

/** The known name that `name` is most likely a misspelling of, or "" where none is near enough. */
export function nearest(name: string, known: Iterable<string>): string {
  const wanted = name.slice(0, 100).toLowerCase();
  let best = "";
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - wanted.length) >= bestDistance) continue;
    const found = distance(wanted, candidate.toLowerCase());
    if (found < bestDistance) [best, bestDistance] = [candidate, found];
  }
  return best;
}
