import { distance } from "fastest-levenshtein";

/** The known name that `name` is most likely a misspelling of, or "" where none is near enough. */
export function nearest(name: string, known: Iterable<string>): string {
  const wanted = name.slice(0, 100).toLowerCase();
  let best = "";
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - wanted.length) >= bestDistance) continue;
    const found = typingDistance(wanted, candidate.toLowerCase());
    if (found < bestDistance) [best, bestDistance] = [candidate, found];
  }
  return best;
}

/** Levenshtein's distance, but two letters in the wrong order, the most frequent slip, are one mistake and not two. */
function typingDistance(a: string, b: string): number {
  const apart = distance(a, b);
  if (apart !== 2 || a.length !== b.length) return apart;
  let at = 0;
  while (a[at] === b[at]) at++;
  return a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2) ? 1 : 2;
}
