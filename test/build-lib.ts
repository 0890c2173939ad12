import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Before all tests: builds lib/ when it is stale. Some tests start the real command or a kernel, which run from it. */
export default function buildLib(): void {
  const main = fileURLToPath(new URL("../bin/hashbook.js", import.meta.url));
  execFileSync(process.execPath, [main, "--version"], { stdio: ["ignore", "ignore", "inherit"] });
}
