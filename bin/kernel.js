// What the kernel's description starts: node bin/kernel.js CONNECTION_FILE. In a checkout lib/ is brought up to date first.
import { buildIfStale } from "./build-if-stale.js";

try {
  buildIfStale();
} catch (error) {
  process.stderr.write(`hashbook: ${error.message}\n`);
  process.exit(1);
}
await import("../lib/kernel/main.js");
