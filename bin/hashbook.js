#!/usr/bin/env node
import { buildIfStale } from "./build-if-stale.js";

try {
  buildIfStale();
} catch (error) {
  process.stderr.write(`hashbook: ${error.message}\n`);
  process.exit(1);
}
const { endOnSignals } = await import("../lib/commands/abort-on-signal.js");
endOnSignals();
const { runCli } = await import("../lib/cli.js");
process.exitCode = await runCli(process.argv.slice(2));
