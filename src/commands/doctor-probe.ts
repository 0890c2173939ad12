import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What was chosen to run on. */
export interface Choice {
  readonly name: string;
  readonly description: string;
  readonly reason: string;
}

/** What a probe found out: a choice, or why there is none. */
export type Probed = Choice | { readonly failure: string };

/** Seconds after which a driver that hangs is left alone. */
const LIMIT = 60;

/**
 * Runs a probe in a process of its own (`doctor-child.ts`): "programs", "rankings", or "engine NAME". Libraries of drivers
 * write warnings to stderr past all of ours, in red and on healthy machines, and a broken one takes its process with it.
 */
export function probe(what: string): Promise<Probed> {
  const [program, file] = [process.execPath, fileURLToPath(new URL("./doctor-child.js", import.meta.url))];
  return new Promise(resolve => {
    execFile(program, [file, what], { timeout: 1000 * LIMIT, killSignal: "SIGKILL" }, (error, stdout) => {
      const line = stdout.trimEnd().split("\n").at(-1) ?? "";
      if (line.startsWith("{")) return resolve(JSON.parse(line) as Probed);
      if (error?.killed) return resolve({ failure: `did not answer within ${LIMIT} s` });
      const how = error?.signal ?? `exit code ${error?.code ?? 0}`;
      resolve({ failure: `its libraries ended the process that tried it (${how})` });
    });
  });
}
