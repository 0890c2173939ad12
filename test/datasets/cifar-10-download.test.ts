import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { UnavailableError } from "../../src/core/errors.js";
import { openCifar10 } from "../../src/datasets/cifar-10.js";
import { downloadCifar10 } from "../../src/datasets/cifar-10-download.js";

const GOLDENS = fileURLToPath(new URL("../goldens/cifar-10/", import.meta.url));
const archive = readFileSync(join(GOLDENS, "cifar-10-python.tar.gz"));
const sha256 = createHash("sha256").update(archive).digest("hex");

let folder: string;
let server: Server;
let requests: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-cifar-download-"));
  requests = 0;
  for (const name of ["http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY"]) vi.stubEnv(name, undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  server?.closeAllConnections();
  await new Promise(resolve => server?.close(resolve));
  rmSync(folder, { recursive: true });
});

async function serve(body: Buffer): Promise<string> {
  server = createServer((_, response) => {
    requests++;
    response.writeHead(200, { "content-length": body.length }).end(body);
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/cifar-10-python.tar.gz`;
}

describe("downloadCifar10", () => {
  it("puts the archive in place, from which it opens, and fetches nothing twice", async () => {
    const url = await serve(archive);
    expect(await downloadCifar10({ folder, url, sha256 })).toBe(folder);
    expect(readdirSync(folder)).toEqual(["cifar-10-python.tar.gz"]);
    expect((await openCifar10({ root: folder })).ids).toHaveLength(21);
    await downloadCifar10({ folder, url, sha256 });
    expect(requests).toBe(1);
  });

  it("is not done where another form is there", async () => {
    cpSync(join(GOLDENS, "cifar-10-batches-bin"), join(folder, "cifar-10-batches-bin"), { recursive: true });
    await downloadCifar10({ folder, url: await serve(archive), sha256 });
    expect(requests).toBe(0);
  });

  it("keeps nothing that is another file, and says what to put where", async () => {
    const download = downloadCifar10({ folder, url: await serve(archive) });
    await expect(download).rejects.toThrow(UnavailableError);
    await expect(download).rejects.toThrow(
      /SHA-256 6d958be0.*By hand: put cifar-10-python\.tar\.gz from https:.*or torchvision's/s,
    );
    await expect(download).rejects.toThrow(folder);
    expect(readdirSync(folder)).toEqual([]);
  });
});
