import type { Hook } from "@oclif/core/hooks";
import { usageError } from "./exit.ts";
import { nearest } from "./nearest.ts";

/** Told by oclif where nothing of that name exists. `id` holds all words up to the first flag, with colons between. */
export const commandNotFound: Hook.CommandNotFound = async ({ id, config }) => {
  const words = id.split(":");
  const names = [...config.commandIDs, ...config.topics.map(({ name }) => name)].map((name) => name.split(":"));
  const guess = guessed(words, names);
  const topic = config.findTopic(words[0] ?? "") === undefined ? "" : ` ${words[0]}`;
  const meant = guess === "" ? (topic === "" ? 1 : 2) : guess.split(" ").length;
  const said = `there is no command ${words.slice(0, meant).join(" ")}`;
  throw usageError(guess === "" ? said : `${said}; did you mean \`wfops ${guess}\`?`, [
    `See \`wfops${topic} --help\` for what there is.`,
  ]);
};

/** Commands have one or two words; what comes after them are arguments. */
function guessed(words: readonly string[], names: readonly (readonly string[])[]): string {
  for (const length of [3, 2, 1]) {
    const candidates = names.flatMap((name) => (name.length === length ? [name.join(" ")] : []));
    const guess = words.length < length ? "" : nearest(words.slice(0, length).join(" "), candidates);
    if (guess !== "") return guess;
  }
  return "";
}
