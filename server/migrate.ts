import { settings } from "./config/settings.ts";
import { prepareForRelease, type ReleaseSchema } from "./store/release-schema.ts";
import { openEngine } from "./store/store.ts";

/**
 * Gets the store of `WFC_STORE` ready for this release; runs before the release is rolled out, or rolled back to, while
 * another one serves. One line on stdout says what it found. Exit code 0: this release can run on the store. 1: it cannot, or
 * the store is away; stderr says why, and nothing was changed. 2: the setting is wrong.
 */
const { variable, fallback, allowed, parse } = settings.store;
const setting = parse(process.env[variable] ?? fallback);
if (setting === undefined) {
  process.stderr.write(`${variable} must be ${allowed}\n`);
  process.exit(2);
}
try {
  const { raw } = await openEngine(setting);
  try {
    process.stdout.write(`${sentence(await prepareForRelease(raw))}\n`);
  } finally {
    await raw.close();
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

function sentence({ outcome, version, latest }: ReleaseSchema): string {
  switch (outcome) {
    case "current":
      return `the store has schema version ${version} already`;
    case "forward":
      return `the store now has schema version ${version}`;
    case "newer":
      return `the store has schema version ${version}; this release knows ${latest}, and can run on it`;
    default:
      return outcome satisfies never;
  }
}
