import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { jupyterDataFolder } from "../../src/commands/kernel-install.js";
import { runInProcess as hashbook } from "./in-process.js";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-install-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("hashbook kernel install", () => {
  it("--prefix writes the description where the Jupyter of that environment looks", async () => {
    const { code, stdout } = await hashbook("kernel", "install", "--prefix", folder, "--json");
    expect(code).toBe(0);
    const said = JSON.parse(stdout);
    expect(said).toMatchObject({ name: "hashbook", folder: join(folder, "share", "jupyter", "kernels", "hashbook") });
    expect(JSON.parse(readFileSync(join(said.folder, "kernel.json"), "utf8"))).toEqual(said.spec);
  });

  it("says in words where, and does it again as well", async () => {
    for (let times = 0; times < 2; times++) {
      const { code, stdout } = await hashbook("kernel", "install", "--prefix", folder);
      expect(code).toBe(0);
      expect(stdout).toBe(
        `the kernel "TypeScript (hashbook)" (hashbook) is described in ${join(folder, "share", "jupyter", "kernels", "hashbook")}\n`,
      );
    }
  });

  it("refuses two places at once", async () => {
    const { code, stderr } = await hashbook("kernel", "install", "--user", "--prefix", folder);
    expect(code).toBe(2);
    expect(stderr).toContain("--user and --prefix exclude each other");
  });
});

describe.skipIf(process.platform !== "linux")("the data folder of a user", () => {
  it.each<[NodeJS.ProcessEnv, string]>([
    [{ JUPYTER_DATA_DIR: "/a", XDG_DATA_HOME: "/b" }, "/a"],
    [{ XDG_DATA_HOME: "/b" }, "/b/jupyter"],
    [{ XDG_DATA_HOME: "" }, join(homedir(), ".local/share/jupyter")],
    [{}, join(homedir(), ".local/share/jupyter")],
  ])("with %j is %s", (environment, expected) => expect(jupyterDataFolder(environment)).toBe(expected));
});
