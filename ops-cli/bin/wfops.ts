#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// Half of the time that `--help` takes is reading code; the second run does without.
enableCompileCache();
const { execute } = await import("@oclif/core/execute");
await execute({ dir: import.meta.url });
