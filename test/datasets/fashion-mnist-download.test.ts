import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { UnavailableError } from "../../src/core/errors.js";
import { embeddedData } from "../../src/core/paths.js";
import type { Progress } from "../../src/core/progress.js";
import { downloadFile, proxyFor } from "../../src/datasets/download.js";
import { fashionMnistFiles } from "../../src/datasets/fashion-mnist.js";
import { downloadFashionMnist } from "../../src/datasets/fashion-mnist-download.js";

/** The files of the test part: this package has them, so a server here can play the authors'. */
const files = fashionMnistFiles.filter(file => file.name.startsWith("t10k"));
const labelsOnly = files.filter(file => file.name.includes("labels"));
const bytesOf = (name: string): Promise<Buffer> => readFile(embeddedData("fashion-mnist", name));

let folder: string;
let server: Server;
let requests: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-download-"));
  requests = [];
  for (const name of ["http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY"]) vi.stubEnv(name, undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  server?.closeAllConnections();
  await new Promise(resolve => server?.close(resolve));
  await rm(folder, { recursive: true });
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer((request, response) => {
    requests.push(request.url ?? "");
    listener(request, response);
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function sendFile(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const bytes = await bytesOf(request.url?.split("/").at(-1) ?? "");
  response.writeHead(200, { "content-length": bytes.length }).end(bytes);
}

async function failureOf(baseUrl: string, timeoutSeconds?: number): Promise<Error> {
  const error: unknown = await downloadFashionMnist({ folder, baseUrl, files: labelsOnly, timeoutSeconds }).catch(
    e => e,
  );
  expect(error).toBeInstanceOf(UnavailableError);
  const { message } = error as Error;
  expect(message).toContain(baseUrl);
  expect(message).toContain(`put t10k-labels-idx1-ubyte.gz from http://fashion-mnist.`);
  expect(message).toContain(`into ${folder}`);
  expect(await readdir(folder)).toEqual([]);
  return error as Error;
}

describe("downloadFashionMnist", () => {
  it("puts whole files in place, reports bytes, and fetches nothing twice", async () => {
    const baseUrl = await serve(sendFile);
    const reports: Progress[] = [];
    const options = { folder, baseUrl, files, onProgress: (progress: Progress) => reports.push(progress) };
    expect(await downloadFashionMnist(options)).toBe(folder);
    for (const { name } of files) {
      // toEqual takes half a minute for 4 MB.
      expect((await readFile(join(folder, name))).equals(await bytesOf(name))).toBe(true);
    }
    expect(await readdir(folder)).toHaveLength(2);
    expect(reports.at(-1)).toMatchObject({ task: "t10k-labels-idx1-ubyte.gz", done: 5125, total: 5125, unit: "bytes" });
    expect(requests).toHaveLength(2);
    await downloadFashionMnist(options);
    expect(requests).toHaveLength(2);
  });

  it("takes another compression of the same content, and replaces a damaged file", async () => {
    const name = labelsOnly[0].name;
    const again = gzipSync(gunzipSync(await bytesOf(name)), { level: 1 });
    await writeFile(join(folder, name), (await bytesOf(name)).subarray(0, 1000));
    const baseUrl = await serve((_, response) => response.end(again));
    await downloadFashionMnist({ folder, baseUrl, files: labelsOnly });
    expect(await readFile(join(folder, name))).toEqual(again);
  });

  it("keeps nothing with another checksum", async () => {
    const error = await failureOf(await serve((_, response) => response.end(gzipSync("something else"))));
    expect(error.message).toMatch(/not the file it should be.*expected SHA-256 0402a96d/);
  });

  it("keeps nothing of a cut connection", async () => {
    const bytes = await bytesOf(labelsOnly[0].name);
    const cut: RequestListener = (_, response) => {
      response.writeHead(200, { "content-length": bytes.length });
      response.write(bytes.subarray(0, 2000), () => response.socket?.destroy());
    };
    expect((await failureOf(await serve(cut))).message).toContain("cannot be downloaded");
  });

  it("keeps nothing of an answer that ends early without saying its length", async () => {
    const bytes = await bytesOf(labelsOnly[0].name);
    expect((await failureOf(await serve((_, response) => response.end(bytes.subarray(0, 2000))))).message).toContain(
      "unexpected end of file",
    );
  });

  it("says what the server answered", async () => {
    const refuse: RequestListener = (_, response) => response.writeHead(403).end("no");
    expect((await failureOf(await serve(refuse))).message).toContain("the server answered 403");
  });

  it("gives up on a server that says nothing", async () => {
    expect((await failureOf(await serve(() => {}), 0.2)).message).toContain("no answer for 0.2 s");
  });

  it("says so when nobody answers", async () => {
    const baseUrl = await serve(() => {});
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
    expect((await failureOf(baseUrl)).message).toContain("ECONNREFUSED");
  });
});

describe("downloadFile", () => {
  it("follows redirects, but not for ever", async () => {
    const baseUrl = await serve((request, response) => {
      if (request.url === "/there") response.end("found");
      else response.writeHead(302, { location: request.url === "/here" ? "/there" : request.url }).end();
    });
    await downloadFile(`${baseUrl}here`, join(folder, "file"));
    expect(await readFile(join(folder, "file"), "utf8")).toBe("found");
    await expect(downloadFile(`${baseUrl}loop`, join(folder, "no"))).rejects.toThrow("more than 5 redirects");
    expect(existsSync(join(folder, "no"))).toBe(false);
  });

  it("asks the proxy of http_proxy with the whole address", async () => {
    vi.stubEnv("http_proxy", await serve((_, response) => response.end("through the proxy")));
    await downloadFile("http://elsewhere.invalid/a/b?c=d", join(folder, "file"));
    expect(requests).toEqual(["http://elsewhere.invalid/a/b?c=d"]);
    expect(await readFile(join(folder, "file"), "utf8")).toBe("through the proxy");
  });

  it("spares the hosts of no_proxy", () => {
    const via = (url: string, no_proxy: string) => proxyFor(new URL(url), { http_proxy: "proxy:3128", no_proxy })?.host;
    expect(via("http://data.example.org/x", "")).toBe("proxy:3128");
    expect(via("http://data.example.org/x", "localhost, .example.org")).toBeUndefined();
    expect(via("http://data.example.org/x", "example.org")).toBeUndefined();
    expect(via("http://badexample.org/x", "example.org")).toBe("proxy:3128");
    expect(via("http://data.example.org/x", "*")).toBeUndefined();
    expect(via("https://data.example.org/x", "")).toBeUndefined();
  });
});
