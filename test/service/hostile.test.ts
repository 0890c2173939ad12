// Some hundred requests of those that bench/service/fuzz.mjs sends by the hundred thousand.
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostileRequest, sendRequest, soundPictures } from "../../bench/service/hostile-uploads.mjs";
import { Random } from "../../src/core/random.js";
import type { RunningService } from "../../src/service/start-service.js";
import { colourDataset, pngOf, startTestService } from "./fixture.js";

const REQUESTS = 600;
/** What may be answered; 500 is a fault of ours. */
const ALLOWED = new Set([200, 400, 404, 405, 408, 413, 414, 415, 422]);

describe("hostile requests", () => {
  let service: RunningService & { readonly lines: string[] };
  beforeAll(async () => {
    service = await startTestService();
  });
  afterAll(() => service.stop());

  it("are answered or refused with a reason, name no file, and leave nothing behind", async () => {
    const samples = await soundPictures(sharp);
    const random = new Random(17);
    const seen = new Map<number, number>();
    for (let i = 0; i < REQUESTS; i++) {
      const request = hostileRequest(random, samples);
      const { kind } = request;
      const { status, text } = await sendRequest(service.url, request);
      expect(ALLOWED.has(status), `${i}, ${kind}: ${status} ${text}`).toBe(true);
      expect(text).not.toMatch(/root:|node_modules|at .*\.js:\d/);
      expect([kind, status]).not.toEqual([expect.anything(), 408]); // all of them come whole
      if (status !== 200) expect(JSON.parse(text).error.message, kind).toMatch(/\w/);
      seen.set(status, (seen.get(status) ?? 0) + 1);
    }
    for (const status of [200, 400, 404, 413, 415, 422]) expect(seen.has(status), `${status}`).toBe(true);
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    for (const name of ["body_bytes", "searches_running", "searches_waiting", "threads_lost_total"]) {
      expect(metrics).toMatch(new RegExp(`hashbook_${name} 0\n`));
    }
    expect(service.lines).toEqual([]);
    const png = new Uint8Array(await pngOf(colourDataset(90), 7));
    expect((await fetch(`${service.url}/api/search`, { method: "POST", body: png })).status).toBe(200);
  });
});
