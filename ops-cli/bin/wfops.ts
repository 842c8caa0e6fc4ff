#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// Half of the time that `--help` takes is reading code; the second run does without.
enableCompileCache();
const { main } = await import("../main.ts");
await main(process.argv.slice(2));
