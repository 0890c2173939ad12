// The cache of the hub's files is Python's too: what one downloads, the other finds.
import { execFile, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { lstat, mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { cachedFile, hubFolder, isOffline } from "../../src/backbone/hub-cache.js";
import { downloadFromHub } from "../../src/backbone/hub-download.js";
import { LocalServers, playHub, sending, sha256Of } from "./hub-server.js";

interface Goldens {
  readonly repository: string;
  readonly path: string;
  readonly revision: string;
  readonly content: string;
  /** By what was asked for: the repository's folder, and in it files by path, links with what they point to. */
  readonly layouts: Readonly<Record<"main" | "commit", Record<string, Record<string, string>>>>;
}
const goldens: Goldens = JSON.parse(readFileSync(new URL("../goldens/hub-cache.json", import.meta.url), "utf8"));
const bytes = Buffer.from(goldens.content);
const { repository, path, revision } = goldens;

const python = process.env.HASHBOOK_TEST_PYTHON ?? "python3";
const missing = spawnSync(python, ["-c", "import huggingface_hub"]).status !== 0;
if (missing) console.warn(`Python's cache skipped: ${python} has no huggingface_hub (HASHBOOK_TEST_PYTHON)`);

const local = new LocalServers();
let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "hashbook-hub-"));
  for (const name of ["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_TOKEN", "HF_HUB_OFFLINE"])
    vi.stubEnv(name, undefined);
  for (const name of ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"]) vi.stubEnv(name, undefined);
  vi.stubEnv("HF_HOME", home);
  const store = await local.listen(sending(bytes));
  const played = playHub(store, { repository, path, revision, sha256: sha256Of(bytes), size: bytes.length });
  vi.stubEnv("HF_ENDPOINT", await local.listen(played));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await local.close();
  await rm(home, { recursive: true });
});

/** As `listing` of tools/make-hub-cache-goldens.py. */
async function listing(folder: string): Promise<Record<string, string>> {
  const entries: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const name = relative(folder, file);
    if ((await lstat(file)).isSymbolicLink()) entries[name] = `-> ${await readlink(file)}`;
    else if (entry.isFile()) entries[name] = name.startsWith("refs/") ? await readFile(file, "utf8") : "file";
  }
  return entries;
}

const OPTIONS = { task: "tiny", check: async () => {} };

describe("the cache", () => {
  it.each(["main", "commit"] as const)("is laid out as Python's library does it, asked for the %s", async asked => {
    const hub = { repository, path, ...(asked === "commit" ? { revision } : {}) };
    const { file } = await downloadFromHub(hub, OPTIONS);
    const [[name, layout]] = Object.entries(goldens.layouts[asked]);
    expect(await hubFolder(hub)).toBe(join(home, "hub", name));
    expect(await listing(join(home, "hub", name))).toEqual(layout);
    expect(await cachedFile(hub)).toBe(file);
    expect(await readFile(file)).toEqual(bytes);
  });

  it.each([
    [{ HF_HUB_CACHE: "/a" }, "/a/models--me--tiny"],
    [{ HF_HOME: "/b" }, "/b/hub/models--me--tiny"],
    [{ HF_HOME: undefined, XDG_CACHE_HOME: "/c" }, "/c/huggingface/hub/models--me--tiny"],
  ])("lies where %o says", async (environment, folder) => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    expect(await hubFolder({ repository, path })).toBe(folder);
  });

  it("is all there is where HF_HUB_OFFLINE says so in one of Python's words", () => {
    const saying = (value: string | undefined): boolean => {
      vi.stubEnv("HF_HUB_OFFLINE", value);
      return isOffline();
    };
    expect(["1", "on", "Yes", "TRUE"].map(saying)).toEqual([true, true, true, true]);
    expect([undefined, "", "0", "no"].map(saying)).toEqual([false, false, false, false]);
  });
});

describe.skipIf(missing)("Python's huggingface_hub", () => {
  const run = async (code: string): Promise<string> => (await promisify(execFile)(python, ["-c", code])).stdout.trim();
  const download = (options = ""): string =>
    `import huggingface_hub as h; print(h.hf_hub_download("${repository}", "${path}"${options}))`;

  it("finds what was downloaded here, by the branch and by the commit", { timeout: 60_000 }, async () => {
    const { file } = await downloadFromHub({ repository, path }, OPTIONS);
    expect(await run(download(", local_files_only=True"))).toBe(file);
    expect(await run(download(`, local_files_only=True, revision="${revision}"`))).toBe(file);
  });

  it("downloads what is found here", { timeout: 60_000 }, async () => {
    const file = await run(download());
    expect(await cachedFile({ repository, path })).toBe(file);
    expect(await cachedFile({ repository, path, revision })).toBe(file);
    expect(await cachedFile({ repository, path, revision: "f".repeat(40) })).toBeUndefined();
    expect(await cachedFile({ repository, path, revision: "f".repeat(40), sha256: sha256Of(bytes) })).toMatch(/blobs/);
  });
});
