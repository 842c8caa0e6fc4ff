import { createTestCompiler } from "../modules/compiler.ts";
import { examples } from "./definitions.ts";

/** Compiles each example twice and prints the digests: a process of its own for the test of determinism. */
const compiler = createTestCompiler();
const digests = [...examples, ...examples].map(({ text }) => compiler.artifactOf(text).digest);
compiler.close();
process.stdout.write(JSON.stringify(digests));
