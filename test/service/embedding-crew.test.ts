// The crew with threads of a small program that does what the first byte of a picture says: no picture is needed that
// takes for ever, and none that ends a thread.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { EmbeddingCrew } from "../../src/service/embedding-crew.js";
import type { EmbeddedPicture } from "../../src/service/embedding-order.js";

const [ANSWER, HANG, CRASH] = [0, 1, 2];
const SECONDS = 60;

/** Answers, does nothing, or ends; where the file beside it exists, it does not even begin. */
const PROGRAM = `
import { existsSync } from "node:fs";
import { parentPort } from "node:worker_threads";
if (existsSync(new URL("./broken", import.meta.url))) throw new Error("does not begin");
parentPort.on("message", ({ id, source }) => {
  if (source.bytes[0] === ${CRASH}) throw new Error("crashed");
  if (source.bytes[0] === ${ANSWER}) parentPort.postMessage({ kind: "made", id, made: { feature: Float32Array.of(7) } });
  else parentPort.postMessage = () => {};
});
parentPort.postMessage({ kind: "ready" });
`;

let folder: string;
let crew: EmbeddingCrew;
const lost: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-crew-"));
  await writeFile(join(folder, "program.mjs"), PROGRAM);
});
afterEach(async () => {
  vi.useRealTimers();
  await crew.dismiss();
  await rm(join(folder, "broken"), { force: true });
  lost.length = 0;
});
afterAll(() => rm(folder, { recursive: true }));

async function start(threads: number): Promise<void> {
  const program = pathToFileURL(join(folder, "program.mjs"));
  const onLost = (why: string): void => void lost.push(why);
  crew = await EmbeddingCrew.start({ networks: [], pixels: 1, threads, seconds: SECONDS, program, onLost });
}

const embed = (what: number): Promise<EmbeddedPicture> => crew.embed(0, { kind: "upload", bytes: Uint8Array.of(what) });

describe("EmbeddingCrew", () => {
  it("refuses a picture that takes too long, and another thread takes the next", async () => {
    await start(1);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const endless = embed(HANG).catch((error: Error) => error);
    const next = embed(ANSWER);
    await vi.advanceTimersByTimeAsync(1000 * SECONDS - 1);
    expect(lost).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await endless).toMatchObject({ code: "timeout", message: expect.stringMatching(/longer than 60 s/) });
    expect((await next).feature).toEqual(Float32Array.of(7));
    expect(lost).toEqual(["a picture took longer than 60 s"]);
    await vi.advanceTimersByTimeAsync(10_000 * SECONDS); // of what was answered nothing runs on
    expect((await embed(ANSWER)).feature).toHaveLength(1);
    expect(lost).toHaveLength(1);
  });

  it("replaces a thread that ends with its picture, however often", async () => {
    await start(2);
    for (let times = 1; times <= 25; times++) {
      await expect(embed(CRASH)).rejects.toThrow("crashed");
      expect(lost).toHaveLength(times);
    }
    expect((await embed(ANSWER)).feature).toHaveLength(1);
  });

  it("refuses when no thread begins any more, and begins again when one can", async () => {
    await start(1);
    await writeFile(join(folder, "broken"), "");
    await expect(embed(CRASH)).rejects.toThrow("crashed");
    await expect(embed(ANSWER)).rejects.toThrow("does not begin");
    await expect(embed(ANSWER)).rejects.toThrow("does not begin"); // not left waiting
    await rm(join(folder, "broken"));
    expect((await embed(ANSWER)).feature).toHaveLength(1);
  });
});
