import { expect } from "vitest";
import type { PackedCodes } from "../../src/codes/packed-codes.js";
import { takeCodes } from "../../src/codes/packed-codes.js";
import type { Labels } from "../../src/core/labels.js";
import type { Gallery } from "../../src/ranking/gallery.js";
import { openCodesGallery } from "../../src/ranking/open-codes-gallery.js";

/** Holds all that a gallery says against the resident one of the same codes, and closes it. */
export async function expectAlike(
  codes: PackedCodes,
  gallery: Gallery,
  { ids, labels }: { readonly ids: readonly string[]; readonly labels: Labels },
): Promise<void> {
  const resident = await openCodesGallery(codes, { ids, labels, threads: 1 });
  const queries = takeCodes(codes, [0, 5, 17, codes.count - 1]);
  try {
    expect([gallery.count, gallery.bits, gallery.named, gallery.exact]).toEqual([codes.count, codes.bits, true, true]);
    for (const classes of [undefined, [2], [0, 3, 3], []]) {
      for (const k of [0, 1, 9, 60, codes.count, 2 * codes.count]) {
        expect(await gallery.nearest(queries, { k, classes })).toEqual(await resident.nearest(queries, { k, classes }));
      }
      for (const radius of [0, 1, 4, codes.bits + 3]) {
        const asked = { radius, classes };
        expect(await gallery.within(queries, asked)).toEqual(await resident.within(queries, asked));
      }
    }
    const rows = [3, 0, codes.count - 1, 3];
    expect(await gallery.names(rows)).toEqual(await resident.names(rows));
    for (const one of [gallery, resident]) {
      await expect(one.nearest(queries, { classes: [99] })).rejects.toThrow(/no item of this gallery has such a class/);
      await expect(one.nearest(queries, { classes: [-1] })).rejects.toThrow(/no class to filter by/);
      await expect(one.names([codes.count])).rejects.toThrow(/no such row/);
    }
  } finally {
    await Promise.all([gallery.close(), resident.close()]);
  }
}
