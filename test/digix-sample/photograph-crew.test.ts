import { describe, expect, it } from "vitest";
import type { Shot } from "../../src/digix-sample/jpeg-photograph.js";
import { photographer } from "../../src/digix-sample/jpeg-photograph.js";
import { takePhotographs } from "../../src/digix-sample/photograph-crew.js";
import { sampleProduct } from "../../src/digix-sample/product.js";

/** Photographs of some products, by product. */
const ALBUMS: readonly (readonly Shot[])[] = [0, 1, 2, 3].map(number =>
  (["shop", "wild", "wild"] as const).map((scene, i) => ({ product: sampleProduct(7, number), scene, number: i })),
);

const nameOf = ({ product, scene, number }: Shot): string => `${product.name} ${scene} ${number}`;

describe("takePhotographs", () => {
  it("gives, whatever the number of threads, the bytes of the photographs taken here in another order", async () => {
    const take = photographer();
    const here = new Map<string, Buffer>();
    for (const shot of ALBUMS.flat().reverse()) here.set(nameOf(shot), await take(shot));
    expect(new Set([...here.values()].map(jpeg => jpeg.toString("base64"))).size).toBe(12);
    for (const threads of [1, 3]) {
      const taken = new Map<string, Uint8Array>();
      await takePhotographs(ALBUMS, threads, async (shot, jpeg) => void taken.set(nameOf(shot), jpeg));
      expect([...taken.keys()].sort()).toEqual([...here.keys()].sort());
      for (const [name, jpeg] of taken) expect(Buffer.compare(here.get(name)!, jpeg), name).toBe(0);
    }
  });

  it("ends when one cannot be used, and when one cannot be taken, with that fault", async () => {
    let used = 0;
    const fullDisk = takePhotographs(ALBUMS, 1, async () => {
      if (++used === 2) throw new Error("no room");
    });
    await expect(fullDisk).rejects.toThrow("no room");
    expect(used).toBeLessThan(5);
    const odd = [{ ...ALBUMS[0][0], product: { ...sampleProduct(7, 0), kind: "toaster" as "phone" } }];
    await expect(takePhotographs([odd], 2, async () => {})).rejects.toThrow(/not a function/);
  });
});
