// The command as a user runs it: a model of own pictures, signals, and what is refused before anything is served.
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { packageFolder } from "../../src/core/paths.js";
import { Random } from "../../src/core/random.js";
import { openSources } from "../../src/service/open-sources.js";
import { runInProcess } from "./in-process.js";

let folder: string;
const file = (...parts: string[]): string => join(folder, ...parts);

async function hashbook(...args: string[]): Promise<void> {
  const { code, stderr } = await runInProcess(...args);
  expect(code, stderr).toBe(0);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-serve-"));
  const random = new Random(2);
  for (let i = 0; i < 24; i++) {
    mkdirSync(file("pictures", `class-${i % 3}`), { recursive: true });
    const data = Uint8Array.from({ length: 12 * 12 * 3 }, () => random.integer(256));
    await sharp(data, { raw: { width: 12, height: 12, channels: 3 } })
      .resize(48, 48)
      .png()
      .toFile(file("pictures", `class-${i % 3}`, `${i}.png`));
  }
  await hashbook("extract", "--dataset", file("pictures"), "--out", file("data"), "--engine", "cpu");
  await hashbook("train", "--data", file("data"), "--method", "lsh", "--bits", "16", "--out", file("lsh"));
  await hashbook("train", "--data", file("data"), "--method", "pcah", "--bits", "12", "--out", file("pcah"));
  await hashbook("encode", "--model", file("lsh"), "--data", file("data"), "--out", file("codes.npy"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Serving {
  readonly child: ChildProcess;
  readonly url: string;
  readonly document: { readonly url: string };
  stderr(): string;
  readonly exit: Promise<number | null>;
}

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

/** Starts the command, and waits until it listens. */
async function serve(...args: string[]): Promise<Serving> {
  return serveIn(undefined, ...args);
}

/** @param home where what is made is kept. Default: as for everything */
async function serveIn(home: string | undefined, ...args: string[]): Promise<Serving> {
  const main = join(packageFolder, "bin", "hashbook.js");
  const child = spawn(process.execPath, [main, "serve", "--port", "0", "--json", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...(home === undefined ? {} : { HASHBOOK_HOME: home }) },
  });
  started.push(child);
  let [stdout, stderr] = ["", ""];
  child.stdout!.setEncoding("utf8").on("data", text => {
    stdout += text;
  });
  child.stderr!.setEncoding("utf8").on("data", text => {
    stderr += text;
  });
  const exit = new Promise<number | null>(resolve => child.once("exit", resolve));
  while (!stdout.includes("\n")) {
    expect(child.exitCode, stderr).toBeNull();
    await sleep(20);
  }
  const document = JSON.parse(stdout);
  return { child, url: document.url, document, stderr: () => stderr, exit };
}

/** What this machine is called by others. */
const otherAddresses = (): string[] =>
  Object.values(networkInterfaces())
    .flatMap(each => each ?? [])
    .filter(({ internal, family }) => !internal && family === "IPv4")
    .map(({ address }) => address);

/** Waits until a line of a text is there. */
async function says({ stderr, child }: Serving, what: RegExp): Promise<void> {
  while (!what.test(stderr())) {
    expect(child.exitCode, stderr()).toBeNull();
    await sleep(20);
  }
}

const data = (): string[] => ["--data", file("data"), "--dataset", file("pictures"), "--threads", "1"];

describe("hashbook serve", () => {
  it("serves two models side by side, and ends with 0 when it is told to", async () => {
    const serving = await serve("--model", file("lsh"), "--model", file("pcah"), ...data());
    expect(serving.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/); // unless told otherwise
    for (const address of otherAddresses()) {
      await expect(fetch(`http://${address}:${new URL(serving.url).port}/healthz`)).rejects.toThrow("fetch failed");
    }
    expect(serving.document).toMatchObject({ dataset: "pictures", items: 24, models: [{ id: "lsh" }, { id: "pcah" }] });
    const service = await (await fetch(`${serving.url}/api/service`)).json();
    expect(service.models.map(({ title }: { title: string }) => title)).toEqual([
      "LSH (not learned), 16 bits",
      "PCAH, 12 bits",
    ]);
    const body = new Uint8Array(
      await sharp(file("pictures", "class-1", "7.png"))
        .png()
        .toBuffer(),
    );
    for (const model of ["lsh", "pcah"]) {
      const answered = await fetch(`${serving.url}/api/search?model=${model}&k=1`, { method: "POST", body });
      const { results } = await answered.json();
      expect(results[0]).toMatchObject({ id: "class-1/7.png", distance: 0, classes: ["class-1"] });
      expect((await fetch(`${serving.url}${results[0].image}`)).headers.get("content-type")).toBe("image/webp");
    }
    serving.child.kill("SIGTERM");
    expect(await serving.exit).toBe(0);
    expect(serving.stderr()).toMatch(/SIGTERM: finishing the requests under way/);
  });

  it("makes features and a model of a dataset alone, once, and says so before", async () => {
    const alone = ["--data", "image-folder", "--root", file("pictures"), "--threads", "1"];
    const first = await serveIn(file("home"), ...alone);
    expect(first.stderr()).toMatch(/features of the pictures and a model \(hashnet, 48 bits\) are made now/);
    expect(first.document).toMatchObject({ dataset: "pictures", items: 24, models: [{ id: "hashnet-48" }] });
    const search = async ({ url }: Serving) => (await (await fetch(`${url}/api/search?row=5&k=4`)).json()).results;
    const found = await search(first);
    expect(found).toHaveLength(4);
    first.child.kill("SIGTERM");
    expect(await first.exit).toBe(0);
    const again = await serveIn(file("home"), ...alone);
    expect(again.stderr()).not.toMatch(/made now/);
    const codes = (results: { code: string; id: string }[]) => results.map(({ code, id }) => [id, code]);
    expect(codes(await search(again))).toEqual(codes(found));
  });

  it("stops at once while it makes features, and keeps what is made", async () => {
    const home = file("other-home");
    vi.stubEnv("HASHBOOK_HOME", home);
    const stop = new AbortController();
    const heard: number[] = [];
    const opening = openSources(
      { models: [], codes: [], data: "image-folder", places: { root: file("pictures") } },
      {
        signal: stop.signal,
        onProgress: ({ done }) => {
          heard.push(done);
          stop.abort(new Error("that is enough"));
        },
      },
    );
    await expect(opening).rejects.toThrow("that is enough");
    expect(heard).toEqual([16]); // of 24
    const [made] = readdirSync(join(home, "data", "features"));
    expect(readdirSync(join(home, "data", "features", made))).toContain("features.npy.partial");
    vi.unstubAllEnvs();
  });

  it("opens its files anew at SIGHUP, keeps the old when they are bad, and ends with 130 at Ctrl-C", async () => {
    const serving = await serve("--model", file("lsh"), "--codes", file("codes.npy"), ...data());
    copyFileSync(file("codes.npy"), file("good.npy"));
    writeFileSync(file("codes.npy"), "no codes");
    serving.child.kill("SIGHUP");
    await says(serving, /not reloaded, the old is still served: .*codes\.npy: these are not the codes/);
    expect((await fetch(`${serving.url}/api/search?row=1`)).status).toBe(200);
    copyFileSync(file("good.npy"), file("codes.npy"));
    serving.child.kill("SIGHUP");
    await says(serving, /reloaded in [\d.]+ s: 24 items, lsh/);
    expect((await fetch(`${serving.url}/api/search?row=1`)).status).toBe(200);
    serving.child.kill("SIGINT");
    expect(await serving.exit).toBe(130);
  });
});

describe("what cannot be served is refused", () => {
  const refused = async (...args: string[]): Promise<[number, string]> => {
    const { code, stderr } = await runInProcess("serve", "--port", "0", ...args);
    return [code, stderr];
  };

  it("with what was expected", async () => {
    const cases: [string[], number, RegExp][] = [
      [["--codes", file("codes.npy")], 2, /need the model.*--model DIR/],
      [["--data", file("data")], 2, /need the model/],
      [["--token", "a", "--token-file", "b"], 2, /expected one of them/],
      [["--token", "two words"], 2, /this token cannot be.*no blanks/],
      [["--token-file", file("none")], 1, /none: cannot be read; expected a token/],
      [["--port", "70000"], 2, /0\.\.65535/],
      [["--timeout", "0"], 2, /above 0/],
      [["--model", file("none")], 1, /none/],
      [["--data", "fashion"], 2, /there is no dataset, folder or file "fashion".*fashion-mnist/],
      [
        ["--model", file("lsh"), "--codes", file("codes.npy"), "--codes", file("x"), ...data()],
        2,
        /1 files of --codes/,
      ],
      [["--model", file("pcah"), "--codes", file("codes.npy"), ...data()], 1, /codes are of another model/],
      [["--model", file("lsh"), "--data", file("data"), "--dataset", "fashion-mnist-10k"], 1, /not the pictures/],
      [["--model", file("lsh"), "--dataset", file("pictures")], 2, /names no such folder.*--data FOLDER.*no --data/],
      [["--dataset", file("pictures")], 2, /names no such folder/],
      [["--data", "fashion-mnist-10k", "--dataset", file("pictures")], 2, /found --data fashion-mnist-10k/],
      [["--model", file("lsh")], 2, /head\.json: no --data.*trained on other pictures.*a model of image-folder/],
    ];
    for (const [args, code, message] of cases) {
      const [actual, stderr] = await refused(...args);
      expect(stderr).toMatch(message);
      expect(actual, stderr).toBe(code);
    }
  });

  it("when the port is another's", async () => {
    const other = createServer();
    await new Promise<void>(resolve => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as { port: number };
    // Before anything is opened, which can take minutes: that there is no such model is not seen.
    const args = ["--model", file("none"), ...data(), "--port", String(port)];
    const { code, stderr } = await runInProcess("serve", ...args);
    other.close();
    expect(stderr).toMatch(/cannot listen here; expected .*a port that is free/);
    expect(code).toBe(1);
  });
});
