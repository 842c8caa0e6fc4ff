import { Explain } from "./commands/explain.ts";

/** Every command by its name; a colon stands where a space is typed. */
export const commands = {
  explain: Explain,
};
