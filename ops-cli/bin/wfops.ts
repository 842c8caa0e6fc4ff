#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// Half of the time that `--help` takes is reading code; the second run does without.
enableCompileCache();
const { main } = await import("../main.ts");
// What is deprecated in a library concerns those who write programs, not those who read stderr at night.
process.noDeprecation = true;
await main(process.argv.slice(2));
