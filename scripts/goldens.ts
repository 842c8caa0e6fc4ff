import { createTestCompiler } from "../test/modules/compiler.ts";
import { goldenCases, goldenOf, writeGolden } from "../test/modules/golden.ts";

/** `npm run goldens`: writes what the compiler makes of each definition under test/goldens beside it. Read the diff. */
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const compiler = createTestCompiler();
try {
  let changed = 0;
  for (const one of goldenCases()) {
    const files = writeGolden(one, goldenOf(one, compiler).files);
    changed += files.length;
    if (files.length > 0) say(`${one.name}: ${files.join(", ")}`);
  }
  say(changed === 0 ? "Nothing has changed." : `${changed} files have changed.`);
} finally {
  compiler.close();
}
