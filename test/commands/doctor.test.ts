import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as a user does. */
function hashbook(args: readonly string[], environment: Record<string, string> = {}): Promise<Outcome> {
  const env = { ...process.env, ...environment };
  return new Promise(resolve => {
    execFile(process.execPath, [join(root, "bin", "hashbook.js"), ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

// The first call builds lib/ when it is stale; not on the clock of a test.
beforeAll(() => hashbook(["--version"]), 120_000);

describe("doctor", () => {
  it("tells of a ranking and an engine that are asked for but cannot be had, beside all else", async () => {
    // No driver: there is no GPU to be found. No engine has the other name.
    const asked = {
      HASHBOOK_RANKING: "webgpu",
      HASHBOOK_ENGINE: "abacus",
      VK_ICD_FILENAMES: join(root, "no-such-driver.json"),
    };
    const { code, stdout } = await hashbook(["doctor", "--json"], asked);
    expect(code).toBe(0);
    const { findings, engine, ranking } = JSON.parse(stdout);
    expect([engine, ranking]).toEqual([null, null]);
    const of = (wanted: string) => findings.find(({ what }: { what: string }) => what === wanted);
    expect(of("node")).toMatchObject({ found: true });
    expect(of("rankings")).toMatchObject({ found: false, detail: expect.stringMatching(/no GPU/) });
    expect(of("programs")).toMatchObject({ found: false, detail: expect.stringMatching(/abacus/) });

    const text = await hashbook(["doctor"], asked);
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/– rankings .*no GPU/);
    expect(text.stdout).toMatch(/\nrankings run on: nothing, see above\n/);
  }, 60_000);
});
