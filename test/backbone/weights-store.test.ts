import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import type { IncomingHttpHeaders, RequestListener, Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Architecture } from "../../src/backbone/architecture.js";
import type { KnownBackbone } from "../../src/backbone/known-backbones.js";
import { KNOWN_BACKBONES } from "../../src/backbone/known-backbones.js";
import { downloadWeights, importWeights, weightsAddress, weightsSource } from "../../src/backbone/weights-store.js";
import type { Progress } from "../../src/core/progress.js";
import { encodeSafetensors } from "../../src/core/safetensors.js";

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
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

let folder: string;
let known: KnownBackbone;
const servers: Server[] = [];
const requests: { url: string; headers: IncomingHttpHeaders }[] = [];

beforeAll(() => {
  for (const name of ["http_proxy", "https_proxy", "no_proxy"]) {
    vi.stubEnv(name, undefined);
    vi.stubEnv(name.toUpperCase(), undefined);
  }
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-weights-"));
  const file = (): string => join(folder, "tiny", "model.safetensors");
  known = { architecture, hub: { repository: "me/tiny", path: "model.safetensors" }, origin: "o", licence: "l", file };
  requests.length = 0;
});
afterEach(async () => {
  for (const name of ["HF_ENDPOINT", "HF_TOKEN", "http_proxy", "https_proxy"]) vi.stubEnv(name, undefined);
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  }
  await rm(folder, { recursive: true });
});

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    requests.push({ url: request.url ?? "", headers: request.headers });
    listener(request, response);
  });
  servers.push(server);
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Sends the bytes from the asked-for place on; `cut` ends the connection after so many bytes. */
function sending(bytes: Buffer, cut = Number.POSITIVE_INFINITY): RequestListener {
  return (request, response) => {
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    if (start >= bytes.length)
      return void response.writeHead(416, { "content-range": `bytes */${bytes.length}` }).end();
    const part = bytes.subarray(start);
    const range = { "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` };
    response.writeHead(start > 0 ? 206 : 200, { "content-length": part.length, ...(start > 0 ? range : {}) });
    if (cut >= part.length) response.end(part);
    else response.write(part.subarray(0, cut), () => response.socket?.end());
  };
}

/** A hub that states a checksum and redirects to a store, as the real one does. */
async function hub(store: string, stated?: string): Promise<void> {
  const headers = {
    location: `${store}/blob?signature=1`,
    "x-repo-commit": "abc",
    ...(stated && { "x-linked-etag": `"${stated}"` }),
  };
  vi.stubEnv("HF_ENDPOINT", await listen((_, response) => response.writeHead(302, headers).end()));
}

describe("downloadWeights", () => {
  it("follows the hub to its store, checks the stated checksum, and says where the file came from", async () => {
    await hub(await listen(sending(right)), sha256(right));
    vi.stubEnv("HF_TOKEN", "secret");
    const progress: Progress[] = [];
    const source = await downloadWeights(known, { onProgress: p => progress.push(p) });
    expect(source).toMatchObject({ sha256: sha256(right), bytes: right.length, checked: true, revision: "abc" });
    expect(requests.map(({ url }) => url)).toEqual(["/me/tiny/resolve/main/model.safetensors", "/blob?signature=1"]);
    expect(requests.map(({ headers }) => headers.authorization)).toEqual(["Bearer secret", undefined]);
    expect(progress.at(-1)).toMatchObject({ done: right.length, total: right.length, unit: "bytes" });
    expect(await readFile(known.file())).toEqual(right);
    expect(await weightsSource(known)).toEqual(source);
    expect((await readdir(join(folder, "tiny"))).sort()).toEqual(["model.safetensors", "source.json"]);
  });

  it("keeps what a cut connection sent under another name", async () => {
    await hub(await listen(sending(right, 100)), sha256(right));
    await expect(downloadWeights(known)).rejects.toThrow(/cannot be downloaded.*--import FILE/);
    expect(await readdir(join(folder, "tiny"))).toEqual(["model.safetensors.partial"]);
  });

  it("continues where the last call stopped, even when only the end was missing to be noticed", async () => {
    await mkdir(dirname(known.file()));
    await hub(await listen(sending(right)), sha256(right));
    for (const cut of [1, 100, right.length - 1]) {
      await writeFile(`${known.file()}.partial`, right.subarray(0, cut));
      await downloadWeights(known);
      expect(requests.at(-1)?.headers.range).toBe(`bytes=${cut}-`);
      expect(await readFile(known.file())).toEqual(right);
      await rm(known.file());
    }
    await writeFile(`${known.file()}.partial`, right);
    await downloadWeights(known);
    expect(await readFile(known.file())).toEqual(right);
  });

  it("starts anew where the server knows no ranges, and where the partial file is longer than the file", async () => {
    await mkdir(dirname(known.file()));
    await writeFile(`${known.file()}.partial`, "x".repeat(50));
    await hub(await listen((_, response) => response.writeHead(200, { "content-length": right.length }).end(right)));
    expect(await downloadWeights(known)).toMatchObject({ checked: false, sha256: sha256(right) });
    await rm(known.file());
    await writeFile(`${known.file()}.partial`, Buffer.concat([right, right]));
    await hub(await listen(sending(right)), sha256(right));
    await downloadWeights(known);
    expect(await readFile(known.file())).toEqual(right);
  });

  it("keeps nothing of a file that is not the stated one or holds another network", async () => {
    await hub(await listen(sending(right)), sha256(other));
    await expect(downloadWeights(known)).rejects.toThrow(`expected SHA-256 ${sha256(other)}; found ${sha256(right)}`);
    await hub(await listen(sending(other)), sha256(other));
    await expect(downloadWeights(known)).rejects.toThrow(
      /tensor "c\.weight" is not that of tiny.*4, 3, 3, 3.*4, 3, 5, 5/,
    );
    expect(await readdir(join(folder, "tiny")).catch(() => [])).toEqual([]);
  });

  it("says offline in one paragraph where to put the file", async () => {
    vi.stubEnv("HF_ENDPOINT", "http://127.0.0.1:1");
    const error = await downloadWeights(known).catch(e => e as Error);
    expect((error as Error).message).toContain(`put the file at ${known.file()}`);
    expect((error as Error).message).toContain("http://127.0.0.1:1/me/tiny/resolve/main/model.safetensors");
    expect((error as Error).message).not.toContain("\n");
  });

  it("goes through proxies: whole addresses for http, a tunnel for https", async () => {
    const store = await listen(sending(right));
    vi.stubEnv("http_proxy", store);
    vi.stubEnv("HF_ENDPOINT", "http://hub.invalid");
    await downloadWeights(known);
    expect(requests[0].url).toBe("http://hub.invalid/me/tiny/resolve/main/model.safetensors");
    expect(await readFile(known.file())).toEqual(right);
    const tunnels: string[] = [];
    servers.at(-1)?.on("connect", (request, socket) => {
      tunnels.push(request.url ?? "");
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    });
    vi.stubEnv("https_proxy", store);
    vi.stubEnv("HF_ENDPOINT", "https://hub.invalid");
    await expect(downloadWeights(known)).rejects.toThrow(/the proxy answered 403/);
    expect(tunnels).toEqual(["hub.invalid:443"]);
  });

  it("asks for a token where it is refused", async () => {
    vi.stubEnv("HF_ENDPOINT", await listen((_, response) => response.writeHead(401).end()));
    await expect(downloadWeights(known)).rejects.toThrow(/answered 401 \(it wants a token: HF_TOKEN\)/);
  });

  it("knows the addresses of the ResNets and of nothing that is embedded", () => {
    const { href } = weightsAddress(KNOWN_BACKBONES.resnet50);
    expect(href).toBe("https://huggingface.co/timm/resnet50.tv_in1k/resolve/main/model.safetensors");
    expect(() => weightsAddress(KNOWN_BACKBONES["efficientnet-lite0"])).toThrow(
      /are not downloaded; expected them from/,
    );
  });
});

describe("importWeights", () => {
  it("copies a file whose tensors fit, and no other", async () => {
    const file = join(folder, "mine.safetensors");
    await writeFile(file, right);
    expect(await importWeights(known, file)).toEqual({
      from: file,
      sha256: sha256(right),
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
