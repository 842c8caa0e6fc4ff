/** Samples of a scrape, by series as it is written. Exemplars are left out. */
export function samplesOf(text: string): ReadonlyMap<string, number> {
  const samples = new Map<string, number>();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const [sample = ""] = line.split(" # ");
    const space = sample.lastIndexOf(" ");
    samples.set(sample.slice(0, space), Number(sample.slice(space + 1)));
  }
  return samples;
}
