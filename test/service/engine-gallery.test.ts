// A gallery whose codes an engine holds: the same results, without what only codes in memory give.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pushGallery } from "../../src/galleries/push-gallery.js";
import type { OpenedSources } from "../../src/service/opened-sources.js";
import type { RunningService } from "../../src/service/start-service.js";
import { FakeMilvus } from "../galleries/fake-milvus.js";
import { colourDataset, pngOf, startTestService, testSources } from "./fixture.js";

const dataset = colourDataset(90);
/** As if their pictures could not be read. */
const FAILED = [3, 17];

describe("a service of a gallery in an engine", () => {
  let milvus: FakeMilvus;
  let here: RunningService;
  let there: RunningService & { readonly lines: string[] };
  let sources: OpenedSources;
  let address: string;

  beforeAll(async () => {
    milvus = await FakeMilvus.start();
    address = `milvus://127.0.0.1:${milvus.port}/colours?timeout=1`;
    const whole = await testSources(dataset);
    const [model] = whole.models;
    await pushGallery(model.codes!, address, { ids: dataset.ids });
    const { codes: _, features: _f, ...rest } = model;
    sources = { ...whole, failed: FAILED, models: [{ ...rest, engine: { address, hashes: ["0".repeat(64)] } }] };
    here = await startTestService({ open: async () => ({ ...whole, models: [model] }) });
    there = await startTestService({ open: async () => sources });
  });
  afterAll(async () => {
    await Promise.all([here.stop(), there.stop()]);
    milvus.stop();
  });

  interface Found {
    readonly id: string;
    readonly distance: number;
  }

  const ask = async ({ url }: RunningService, path: string, body?: Buffer) => {
    const init = body === undefined ? {} : { method: "POST", body: new Uint8Array(body) };
    return (await fetch(`${url}/api/search${path}`, init)).json();
  };
  const brief = ({ results }: { results: Found[] }): Found[] => results.map(({ id, distance }) => ({ id, distance }));

  it("finds what one in memory finds, but for pictures that could not be read", async () => {
    expect(await (await fetch(`${there.url}/api/service`)).json()).toMatchObject({
      gallery: { items: 90, engine: "milvus" },
      models: [{ orders: ["hamming"] }],
    });
    const failed = FAILED.map(row => dataset.ids[row]);
    const png = await pngOf(dataset, 30);
    for (const [path, body] of [
      ["?k=20", png],
      ["?k=20&row=41", undefined],
      ["?k=90&radius=6&row=17", undefined],
    ] as const) {
      const [one, other] = [await ask(here, path.replace(/k=\d+/, "k=90"), body), await ask(there, path, body)];
      const k = Number(/k=(\d+)/.exec(path)![1]);
      expect(brief(other)).toEqual(
        brief(one)
          .filter(({ id }) => !failed.includes(id))
          .slice(0, k),
      );
      expect(other.query.code).toBe(one.query.code);
      expect(other.results[0].code).toBeUndefined();
    }
    const crowded = await ask(there, "?k=1&radius=21&row=5");
    expect([crowded.within, crowded.results.length]).toEqual([null, 1]);
  });

  it("is refused where the engine holds another", async () => {
    const [model] = sources.models;
    const models = [{ ...model, engine: { ...model.engine!, address: address.replace("colours", "none") } }];
    await expect(startTestService({ open: async () => ({ ...sources, models }) })).rejects.toThrow(
      /no gallery of this name/,
    );
    const fewer = { ...sources, items: colourDataset(80), failed: [] };
    await expect(startTestService({ open: async () => fewer })).rejects.toThrow(
      /not of this model and data; expected 80 codes/,
    );
  });

  it("says when the engine does not answer, and goes on", async () => {
    milvus.stop();
    const answered = await fetch(`${there.url}/api/search?row=4`);
    expect([answered.status, answered.headers.get("retry-after")]).toEqual([503, "5"]);
    expect((await answered.json()).error).toEqual({
      code: "busy",
      message: "the engine of the gallery does not answer",
    });
    expect((await fetch(`${there.url}/healthz`)).status).toBe(200);
  });
});
