import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { probe } from "../../src/commands/doctor-probe.js";

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
  }, 120_000);

  it("prints nothing on stderr, in red or otherwise, on a machine that lacks nothing it needs", async () => {
    const home = mkdtempSync(join(tmpdir(), "hashbook-doctor-"));
    try {
      const { code, stdout, stderr } = await hashbook(["doctor"], { HOME: home, NO_COLOR: "", FORCE_COLOR: "1" });
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toMatch(/✓ engine cpu/);
      expect(stdout).toMatch(/\n.* holds:\n(?: {2}.* in \d+\n)*/);
      // nor a library's source file and condition
      expect(stdout).not.toContain("\u001b");
      expect(stdout).not.toMatch(/onnxruntime_src|\.cc:/);
    } finally {
      rmSync(home, { recursive: true });
    }
  }, 120_000);
});

describe("a probe", () => {
  it("tells of a process that its libraries ended, instead of ending with it", async () => {
    // Node ends at once, as a crashing driver would make it.
    vi.stubEnv("NODE_OPTIONS", "--no-such-option");
    expect(await probe("programs")).toEqual({ failure: expect.stringMatching(/ended the process .*exit code 9/) });
    vi.unstubAllEnvs();
  });
});
