import { createHash } from "node:crypto";
import { access, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { openDataset } from "../../src/catalogue/open-dataset.js";
import { InputError } from "../../src/core/errors.js";
import { hasClass } from "../../src/core/labels.js";
import { Random } from "../../src/core/random.js";
import { datasetSummary } from "../../src/datasets/dataset.js";
import { digixRoles } from "../../src/datasets/digix.js";
import { digixSampleFolder, makeDigixSample, readDigixSampleInfo } from "../../src/digix-sample/generate.js";
import { photograph } from "../../src/digix-sample/photograph.js";
import type { SampleProducts } from "../../src/digix-sample/plan.js";
import { DEFAULT_PRODUCTS, samplePlan } from "../../src/digix-sample/plan.js";
import { DEVICE_KINDS, drawProduct, sampleProduct } from "../../src/digix-sample/product.js";
import { svgDocument } from "../../src/digix-sample/svg.js";

const FEW = { train: 2, testA: 1, testB: 1 };
let folder: string;
let whole: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-sample-"));
  whole = join(folder, "whole");
  await makeDigixSample(whole, { seed: 5, products: FEW });
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rm(folder, { recursive: true }));

/** Hash of each file below a folder. */
async function hashes(root: string): Promise<Record<string, string>> {
  const names = (await readdir(root, { recursive: true })).sort();
  const entries: [string, string][] = [];
  for (const name of names) {
    const bytes = await readFile(join(root, name)).catch(() => undefined);
    if (bytes !== undefined) entries.push([name, createHash("sha256").update(bytes).digest("hex")]);
  }
  return Object.fromEntries(entries);
}

describe("products", () => {
  it("no two look the same from the front or from the back, and all can be drawn", async () => {
    const seen = new Map<string, string>();
    for (let number = 0; number < 108; number++) {
      const product = sampleProduct(0, number);
      for (const view of ["front", "back"] as const) {
        const drawing = drawProduct(product, view);
        const document = svgDocument(drawing, 300);
        expect(document).not.toMatch(/NaN|undefined|Infinity/);
        expect(seen.get(document), `${product.name} ${view}`).toBeUndefined();
        seen.set(document, product.name);
        expect(svgDocument(drawProduct(product, view), 300)).toBe(document);
        if (number < 12) {
          const { channels } = await sharp(Buffer.from(document)).stats();
          // Something is drawn, in more than one colour, and something is left free (corners).
          expect(channels[3].mean).toBeGreaterThan(60);
          expect(Math.max(...channels.slice(0, 3).map(one => one.stdev))).toBeGreaterThan(2);
        }
      }
    }
    expect(new Set(Array.from({ length: 12 }, (_, n) => sampleProduct(0, n).kind)).size).toBe(DEVICE_KINDS.length);
  });

  it("a screen changes with the moment, a back does not", () => {
    const phone = sampleProduct(0, 6);
    const random = (n: number) => new Random(n);
    const fronts = [1, 2, 3, 4, 5].map(n => drawProduct(phone, "front", random(n)).body);
    expect(new Set(fronts).size).toBeGreaterThan(1);
    expect(drawProduct(phone, "back", random(1))).toEqual(drawProduct(phone, "back"));
  });
});

describe("photographs", () => {
  it("follow from seed, product, scene and number alone", async () => {
    const product = sampleProduct(3, 4);
    for (const scene of ["wild", "shop"] as const) {
      const [one, again, other] = [
        await photograph(product, scene, 2),
        await photograph(sampleProduct(3, 4), scene, 2),
        await photograph(product, scene, 3),
      ];
      expect(Buffer.compare(one.image.data, again.image.data)).toBe(0);
      expect(one.quality).toBe(again.quality);
      const differs =
        one.image.data.length !== other.image.data.length || Buffer.compare(one.image.data, other.image.data);
      expect(differs).not.toBe(0);
      expect(one.image.data.length).toBe(one.image.width * one.image.height * 3);
      for (const side of [one.image.width, one.image.height]) expect(side).toBeGreaterThanOrEqual(192);
    }
  });
});

describe("the plan", () => {
  it("has enough products and photographs, and none of a product in two parts", () => {
    const plan = samplePlan(0, DEFAULT_PRODUCTS);
    expect(plan.length).toBeGreaterThan(2300);
    expect(plan.length).toBeLessThan(2500);
    expect(new Set(plan.map(one => `${one.part}/${one.path}`)).size).toBe(plan.length);
    const partsOf = new Map<number, Set<string>>();
    const countOf = new Map<string, number>();
    for (const { product, part, scene, path, label } of plan) {
      partsOf.set(product.number, (partsOf.get(product.number) ?? new Set()).add(part));
      const shown = `${scene} ${product.number}`;
      countOf.set(shown, (countOf.get(shown) ?? 0) + 1);
      if (part === "train_data") expect(path).toMatch(new RegExp(`^DIGIX_0*${label}/[0-9A-Z]{16}\\.jpg$`));
      else expect(path).toMatch(scene === "wild" ? /^query\// : /^gallery\//);
    }
    expect(partsOf.size).toBe(300);
    for (const parts of partsOf.values()) expect(parts.size).toBe(1);
    for (const [name, count] of countOf) {
      const [scene] = name.split(" ");
      const isTest = Number(name.split(" ")[1]) >= 10_000;
      const [least, most] = isTest ? (scene === "wild" ? [2, 4] : [4, 6]) : [3, 5];
      expect(count, name).toBeGreaterThanOrEqual(least);
      expect(count, name).toBeLessThanOrEqual(most);
    }
    expect(() => samplePlan(0, { ...DEFAULT_PRODUCTS, train: 0 })).toThrow(InputError);
    expect(() => samplePlan(0.5, DEFAULT_PRODUCTS)).toThrow("whole seed");
  });

  it("with more products holds all photographs of fewer", () => {
    const shown = (products: SampleProducts): string[] =>
      samplePlan(3, products).map(one => `${one.part}/${one.path} ${one.label} ${one.scene} ${one.number}`);
    const more = new Set(shown({ train: 9, testA: 4, testB: 2 }));
    const few = shown({ train: 4, testA: 3, testB: 1 });
    expect(few.length).toBeGreaterThan(40);
    expect(few.filter(one => !more.has(one))).toEqual([]);
  });
});

describe("makeDigixSample", () => {
  it("makes what openDataset reads, labelled in all parts, and says that it is synthetic", async () => {
    const train = await openDataset("digix-sample", { root: whole });
    const test = await openDataset("digix-sample-test-a", { root: whole });
    const second = await openDataset("digix-sample-test-b", { root: whole });
    expect(train.classNames).toEqual(["DIGIX_000000", "DIGIX_000001"]);
    expect(test.classNames).toEqual(["DIGIX_010000"]);
    expect(second.classNames).toEqual(["DIGIX_020000"]);
    for (const dataset of [train, test, second]) {
      expect(dataset.oddities).toEqual([]);
      expect(datasetSummary(dataset).unknown).toBe(0);
      expect(dataset.description).toMatch(/^Synthetic drawings .*seed 5/);
      expect(dataset.synthetic).toBe(true);
    }
    const asOfficial = await openDataset("digix", { root: whole });
    expect(asOfficial).toMatchObject({ name: "digix", synthetic: true });
    expect(asOfficial.description).toMatch(/^Synthetic drawings/);
    expect(train.ids.every((id, row) => hasClass(train.labels, row, train.classNames.indexOf(id.slice(0, 12))))).toBe(
      true,
    );
    const { query, gallery } = digixRoles(test);
    expect(query.length).toBeGreaterThanOrEqual(2);
    expect(gallery.length).toBeGreaterThanOrEqual(4);
    const { format, width } = await sharp((await test.image(0)) as string).metadata();
    expect([format, width! >= 192]).toEqual(["jpeg", true]);
  });

  it("says of all labelled images whether they are asked for or searched, three or more of each a product", async () => {
    const lines = (await readFile(join(whole, "train_data", "roles.txt"), "utf8")).trimEnd().split("\n");
    const roles = new Map(lines.map(line => line.split(",") as [string, string]));
    const { ids } = await openDataset("digix-sample", { root: whole });
    expect([...roles.keys()].sort()).toEqual([...ids].sort());
    for (const product of ["DIGIX_000000", "DIGIX_000001"]) {
      for (const role of ["query", "gallery"]) {
        const found = [...roles].filter(([id, of]) => id.startsWith(product) && of === role);
        expect(found.length).toBeGreaterThanOrEqual(3);
      }
    }
  });

  it("stopped half way, it leaves nothing that looks finished; the next run goes on, to the same bytes", async () => {
    const stopped = join(folder, "stopped");
    const stop = makeDigixSample(stopped, {
      seed: 5,
      products: FEW,
      onProgress: ({ done }) => {
        if (done === 7) throw new Error("pulled the plug");
      },
    });
    await expect(stop).rejects.toThrow("pulled the plug");
    expect(await readdir(folder)).not.toContain("stopped");
    const left = await hashes(`${stopped}.partial`);
    expect(Object.keys(left).length).toBeLessThan(16); // all hands stopped with the one that failed
    const [picture] = Object.keys(left).filter(name => name.endsWith(".jpg"));
    await writeFile(join(`${stopped}.partial`, `${picture}.7-0123abcd.partial`), "what a kill leaves of a file");
    let first: number | undefined;
    await makeDigixSample(`${stopped}/`, { seed: 5, products: FEW, onProgress: ({ done }) => (first ??= done) });
    expect(first).toBeGreaterThan(7);
    expect(await hashes(stopped)).toEqual(await hashes(whole));
    expect(await readdir(folder)).not.toContain("stopped.partial");
  });

  it("does not go on from a partial one of other settings", async () => {
    const changed = join(folder, "changed");
    await cp(whole, `${changed}.partial`, { recursive: true });
    await makeDigixSample(changed, { seed: 6, products: FEW });
    const [old, now] = [await hashes(whole), await hashes(changed)];
    expect(Object.keys(now).filter(name => name.endsWith(".jpg") && name in old)).toEqual([]);
  });

  it("leaves what is there alone: the same sample, another one, other files", async () => {
    let reports = 0;
    await makeDigixSample(whole, { seed: 5, products: FEW, onProgress: () => reports++ });
    expect(reports).toBe(0);
    await expect(makeDigixSample(whole, { seed: 4, products: FEW })).rejects.toThrow(/other settings.*found seed 5/);
    const more = { seed: 5, products: { ...FEW, train: 3 } };
    await expect(makeDigixSample(whole, more)).rejects.toThrow(/"train":3.*found.*"train":2/);
    const other = join(folder, "other");
    await mkdir(join(other, "train_data"), { recursive: true });
    await expect(makeDigixSample(other)).rejects.toThrow(/holds no digix-sample;.*train_data, and no sample.json/);
    await writeFile(join(other, "sample.json"), "{");
    await expect(openDataset("digix-sample", { root: other })).rejects.toThrow(InputError);
    expect(await readDigixSampleInfo(join(folder, "nowhere"))).toBeUndefined();
    const typo = join(folder, "smaple");
    await expect(openDataset("digix-sample", { root: typo })).rejects.toThrow(
      /smaple: there is no digix-sample here; .*dataset digix-sample --out .*smaple/,
    );
    await expect(access(typo)).rejects.toThrow();
  });

  it("an earlier version's sample is refused at its usual place, and taken as it is elsewhere", async () => {
    const home = join(folder, "home");
    vi.stubEnv("HASHBOOK_HOME", home);
    const usual = digixSampleFolder();
    expect(usual.startsWith(home)).toBe(true);
    await cp(whole, usual, { recursive: true });
    const info = await readFile(join(usual, "sample.json"), "utf8");
    await writeFile(join(usual, "sample.json"), info.replace(/"version": \d+/, '"version": 1'));
    await expect(openDataset("digix-sample")).rejects.toThrow(/another version.*remove the folder.*found version 1/);
    await expect(openDataset("digix-sample", { root: usual })).rejects.toThrow(/another version/);
    await rename(usual, join(folder, "moved"));
    expect((await openDataset("digix-sample", { root: join(folder, "moved") })).classNames.length).toBe(2);
  });
});
