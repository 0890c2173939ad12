import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Architecture } from "../../src/backbone/architecture.js";
import type { KnownBackbone } from "../../src/backbone/known-backbones.js";
import { KNOWN_BACKBONES } from "../../src/backbone/known-backbones.js";
import { findWeights, weightsSource } from "../../src/backbone/weights-source.js";
import { downloadWeights, importWeights, weightsAddress } from "../../src/backbone/weights-store.js";
import type { Progress } from "../../src/core/progress.js";
import { encodeSafetensors } from "../../src/core/safetensors.js";
import { LocalServers, playHub, sending, sha256Of } from "./hub-server.js";

const architecture = {
  name: "tiny",
  layers: [{ conv: "c", norm: "n", shape: [4, 3, 3, 3], depthwise: false }],
  unused: /^fc\./,
} as unknown as Architecture;

function tensor(...shape: number[]): { data: Float32Array; shape: number[] } {
  return { data: new Float32Array(shape.reduce((a, b) => a * b)).fill(0.5), shape };
}
const norms = Object.fromEntries(
  ["weight", "bias", "running_mean", "running_var"].map(part => [`n.${part}`, tensor(4)]),
);
const right = encodeSafetensors({ "c.weight": tensor(4, 3, 3, 3), ...norms });
const other = encodeSafetensors({ "c.weight": tensor(4, 3, 5, 5), ...norms });
const REVISION = "0123456789abcdef0123456789abcdef01234567";
const LATER = "f123456789abcdef0123456789abcdef01234567";
const FILE = { repository: "me/tiny", path: "model.safetensors" };

let folder: string;
let known: KnownBackbone;
const local = new LocalServers();
const { requests } = local;

const cached = (...parts: string[]): string => join(folder, "hf", "hub", "models--me--tiny", ...parts);
const partial = (sha256 = sha256Of(right)): string => cached("blobs", `${sha256}.incomplete`);

beforeAll(() => {
  for (const name of ["http_proxy", "https_proxy", "no_proxy"]) {
    vi.stubEnv(name, undefined);
    vi.stubEnv(name.toUpperCase(), undefined);
  }
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-weights-"));
  const file = (): string => join(folder, "tiny", "model.safetensors");
  known = { architecture, hub: FILE, origin: "o", licence: "l", file };
  for (const name of ["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HUB_OFFLINE"]) vi.stubEnv(name, undefined);
  vi.stubEnv("HF_HOME", join(folder, "hf"));
});
afterEach(async () => {
  for (const name of ["HF_ENDPOINT", "HF_TOKEN", "HF_HOME", "HF_HUB_OFFLINE", "http_proxy", "https_proxy"]) {
    vi.stubEnv(name, undefined);
  }
  await local.close();
  await rm(folder, { recursive: true });
});

/** A hub that states a checksum and redirects to a store, as the real one does. */
async function hub(store: string, stated?: string, revision = REVISION): Promise<void> {
  const repository = { ...FILE, revision, sha256: stated, size: right.length };
  vi.stubEnv("HF_ENDPOINT", await local.listen(playHub(store, repository)));
}

describe("downloadWeights", () => {
  it("follows the hub to its store, checks the stated checksum, and says where the file came from", async () => {
    await hub(await local.listen(sending(right)), sha256Of(right));
    vi.stubEnv("HF_TOKEN", "secret");
    const progress: Progress[] = [];
    const source = await downloadWeights(known, { onProgress: p => progress.push(p) });
    expect(source).toMatchObject({ sha256: sha256Of(right), bytes: right.length, checked: true, revision: REVISION });
    expect(source.from).toBe(`${process.env.HF_ENDPOINT}/me/tiny/resolve/${REVISION}/model.safetensors`);
    const asked = requests.map(({ method, url }) => `${method} ${url.replace(/\?expand=.*/, "")}`);
    expect(asked).toEqual([
      "GET /api/models/me/tiny/revision/main",
      `POST /api/models/me/tiny/paths-info/${REVISION}`,
      `GET /me/tiny/resolve/${REVISION}/model.safetensors`,
      "GET /blob?signature=1",
      `POST /api/models/me/tiny/paths-info/${REVISION}`,
    ]);
    const tokens = requests.map(({ headers }) => headers.authorization);
    expect(tokens).toEqual([...Array(3).fill("Bearer secret"), undefined, "Bearer secret"]);
    expect(progress.at(-1)).toMatchObject({ done: right.length, total: right.length, unit: "bytes" });
    expect(await weightsSource(known)).toEqual(source);
    expect(await readdir(join(folder, "tiny"))).toEqual(["source.json"]);
  });

  it("puts the file where Python's huggingface_hub keeps it, and finds it there", async () => {
    expect(await findWeights(known)).toBeUndefined();
    await hub(await local.listen(sending(right)), sha256Of(right));
    await downloadWeights(known);
    const file = cached("snapshots", REVISION, "model.safetensors");
    expect(await findWeights(known)).toBe(file);
    expect(await readFile(file)).toEqual(right);
    expect(await realpath(file)).toBe(await realpath(cached("blobs", sha256Of(right))));
    expect(await readFile(cached("refs", "main"), "utf8")).toBe(REVISION);
  });

  it("asks for the revision that is known, and for no other", async () => {
    known = { ...known, hub: { ...FILE, revision: REVISION, sha256: sha256Of(right) } };
    await hub(await local.listen(sending(right)), sha256Of(right));
    await downloadWeights(known);
    expect(requests.every(({ url }) => url.includes(REVISION) || url.startsWith("/blob"))).toBe(true);
    expect(await readdir(cached())).toEqual(expect.not.arrayContaining(["refs"]));
    requests.length = 0;
    await hub(await local.listen(sending(other)), sha256Of(other));
    await rm(join(folder, "hf"), { recursive: true });
    await expect(downloadWeights(known)).rejects.toThrow(
      `expected SHA-256 ${sha256Of(right)}; found ${sha256Of(other)}`,
    );
    expect(requests.some(({ url }) => url.startsWith("/blob"))).toBe(false); // nothing was received for that
  });

  it("stays at the revision that was downloaded first, where none is known beforehand", async () => {
    await hub(await local.listen(sending(right)), sha256Of(right));
    await downloadWeights(known);
    await mkdir(cached("snapshots", LATER), { recursive: true });
    await writeFile(cached("snapshots", LATER, "model.safetensors"), other);
    await writeFile(cached("refs", "main"), LATER); // Python has downloaded another one since
    expect(await findWeights(known)).toBe(cached("snapshots", REVISION, "model.safetensors"));
  });

  it("keeps what a cut connection sent under another name", async () => {
    await hub(await local.listen(sending(right, 100)), sha256Of(right));
    await expect(downloadWeights(known)).rejects.toThrow(/cannot be downloaded.*--import FILE/);
    expect(await readdir(cached("blobs"))).toEqual([`${sha256Of(right)}.incomplete`]);
    expect(await findWeights(known)).toBeUndefined();
  });

  it("continues where the last call stopped, even when only the end was missing to be noticed", async () => {
    await hub(await local.listen(sending(right)), sha256Of(right));
    for (const cut of [1, 100, right.length - 1]) {
      await mkdir(cached("blobs"), { recursive: true });
      await writeFile(partial(), right.subarray(0, cut));
      await downloadWeights(known);
      expect(requests.find(({ url }) => url.startsWith("/blob"))?.headers.range).toBe(`bytes=${cut}-`);
      expect(await readFile((await findWeights(known))!)).toEqual(right);
      await rm(join(folder, "hf"), { recursive: true });
      requests.length = 0;
    }
    await mkdir(cached("blobs"), { recursive: true });
    await writeFile(partial(), right);
    await downloadWeights(known);
    expect(await readFile((await findWeights(known))!)).toEqual(right);
  });

  it("starts anew where the server knows no ranges, and where the partial file is longer than the file", async () => {
    await mkdir(cached("blobs"), { recursive: true });
    await writeFile(partial(), "x".repeat(50));
    await hub(
      await local.listen((_, response) => response.writeHead(200, { "content-length": right.length }).end(right)),
      sha256Of(right),
    );
    await downloadWeights(known);
    expect(await readFile((await findWeights(known))!)).toEqual(right);
    await rm(cached(), { recursive: true });
    await mkdir(cached("blobs"), { recursive: true });
    await writeFile(partial(), Buffer.concat([right, right]));
    await hub(await local.listen(sending(right)), sha256Of(right));
    await downloadWeights(known);
    expect(await readFile((await findWeights(known))!)).toEqual(right);
  });

  it("says that nothing was compared where the hub states no checksum", async () => {
    await hub(await local.listen(sending(right)));
    expect(await downloadWeights(known)).toMatchObject({ checked: false, sha256: sha256Of(right) });
    expect(await readFile((await findWeights(known))!)).toEqual(right);
  });

  it("keeps nothing of a file that is not the stated one or holds another network", async () => {
    await hub(await local.listen(sending(right)), sha256Of(other));
    await expect(downloadWeights(known)).rejects.toThrow(
      `expected SHA-256 ${sha256Of(other)}; found ${sha256Of(right)}`,
    );
    await hub(await local.listen(sending(other)), sha256Of(other));
    await expect(downloadWeights(known)).rejects.toThrow(
      /tensor "c\.weight" is not that of tiny.*4, 3, 3, 3.*4, 3, 5, 5/,
    );
    expect(await readdir(cached("blobs"))).toEqual([]);
    expect(await findWeights(known)).toBeUndefined();
  });

  it("says offline in one paragraph where to put the file", async () => {
    vi.stubEnv("HF_ENDPOINT", "http://127.0.0.1:1");
    const error = await downloadWeights(known).catch(e => e as Error);
    expect((error as Error).message).toContain(`put the file at ${known.file()}`);
    expect((error as Error).message).toContain("http://127.0.0.1:1/me/tiny/resolve/main/model.safetensors");
    expect((error as Error).message).not.toContain("\n");
  });

  it("asks nobody where HF_HUB_OFFLINE forbids it", async () => {
    await hub(await local.listen(sending(right)), sha256Of(right));
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    await expect(downloadWeights(known)).rejects.toThrow(/HF_HUB_OFFLINE forbids it.*--import FILE/);
    expect(requests).toEqual([]);
  });

  it("goes through proxies: whole addresses for http, a tunnel for https", async () => {
    const repository = { ...FILE, revision: REVISION, sha256: sha256Of(right), size: right.length };
    const played = playHub("http://store.invalid", repository);
    const proxy = await local.listen((request, response) =>
      (request.url?.startsWith("http://store.invalid/blob") ? sending(right) : played)(request, response),
    );
    vi.stubEnv("http_proxy", proxy);
    vi.stubEnv("HF_ENDPOINT", "http://hub.invalid");
    await downloadWeights(known);
    expect(requests[0].url).toMatch(/^http:\/\/hub\.invalid\/api\/models\/me\/tiny\/revision\/main\?/);
    expect(await readFile((await findWeights(known))!)).toEqual(right);
    const tunnels: string[] = [];
    local.servers.at(-1)?.on("connect", (request, socket) => {
      tunnels.push(request.url ?? "");
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    });
    vi.stubEnv("https_proxy", proxy);
    vi.stubEnv("HF_ENDPOINT", "https://hub.invalid");
    await expect(downloadWeights(known)).rejects.toThrow(/the proxy answered 403/);
    expect(tunnels).toEqual(["hub.invalid:443"]);
  });

  it("asks for a token where it is refused", async () => {
    vi.stubEnv("HF_ENDPOINT", await local.listen((_, response) => response.writeHead(401).end()));
    await expect(downloadWeights(known)).rejects.toThrow(/answered 401 \(it wants a token: HF_TOKEN\)/);
  });

  it("knows the addresses of what is on the hub, and how the rest is made", () => {
    const { href } = weightsAddress(KNOWN_BACKBONES.resnet50);
    expect(href).toMatch(
      /^https:\/\/huggingface\.co\/timm\/resnet50\.tv_in1k\/resolve\/[0-9a-f]{40}\/model\.safetensors$/,
    );
    expect(weightsAddress(KNOWN_BACKBONES.densenet169).href).toBe(
      "https://huggingface.co/timm/densenet169.tv_in1k/resolve/main/model.safetensors",
    );
    expect(() => weightsAddress(KNOWN_BACKBONES["efficientnet-lite0"])).toThrow(
      /are not downloaded; expected them from/,
    );
    expect(() => weightsAddress(KNOWN_BACKBONES["resnet50-ibn-a"])).toThrow(/made by: python -c "import torch/);
  });
});

describe("findWeights", () => {
  it("takes the file at its own place before all", async () => {
    await hub(await local.listen(sending(right)), sha256Of(right));
    await downloadWeights(known);
    await mkdir(dirname(known.file()), { recursive: true });
    await writeFile(known.file(), right);
    expect(await findWeights(known)).toBe(known.file());
  });

  it("takes another revision that has the same bytes", async () => {
    known = { ...known, hub: { ...FILE, revision: LATER, sha256: sha256Of(right) } };
    await mkdir(cached("blobs"), { recursive: true });
    await writeFile(cached("blobs", sha256Of(right)), right);
    expect(await findWeights(known)).toBe(cached("blobs", sha256Of(right)));
    expect(await findWeights({ ...known, hub: { ...FILE, revision: LATER } })).toBeUndefined();
  });
});

describe("importWeights", () => {
  it("copies a file whose tensors fit, and no other", async () => {
    const file = join(folder, "mine.safetensors");
    await writeFile(file, right);
    expect(await importWeights(known, file)).toEqual({
      from: file,
      sha256: sha256Of(right),
      bytes: right.length,
      checked: false,
    });
    expect(await readFile(known.file())).toEqual(right);
    await writeFile(file, other);
    await expect(importWeights(known, file)).rejects.toThrow(/mine\.safetensors: tensor "c\.weight"/);
    expect(await readFile(known.file())).toEqual(right);
    await expect(importWeights({ ...known, sha256: "00" }, known.file())).rejects.toThrow(/expected SHA-256 00/);
  });
});
