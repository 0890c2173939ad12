import { describe, expect, it } from "vitest";
import { withSettings } from "../../src/images/preprocessing-settings.js";
import { PROTOCOL_NAMES } from "../../src/protocols/known-protocols.js";
import { protocolPreprocessing } from "../../src/protocols/protocol-preprocessing.js";

const IMAGENET = { resize: 256, crop: 224, mean: [0.5, 0.5, 0.5], std: [1, 1, 1], interpolation: "bilinear" } as const;
const made = (name: string, given = {}) => withSettings(IMAGENET, protocolPreprocessing(name, given).settings);

describe("protocolPreprocessing", () => {
  it("resizes CIFAR-10 to 224 without a crop, and keeps what is the network's own", () => {
    expect(made("cifar10-1")).toEqual({ ...IMAGENET, resize: 224 });
    expect(made("cifar10-1", { size: 160 })).toMatchObject({ resize: 160, crop: 160 });
  });

  it("squashes where thuml's code does, and does not where DeepHash-pytorch does not", () => {
    expect(made("coco")).toEqual({ ...IMAGENET, cropMode: "squash" });
    expect(made("coco-swuxyj")).toEqual(IMAGENET);
  });

  it("gives way to what is said otherwise, and says what it adds", () => {
    const own = protocolPreprocessing("coco", { cropMode: "center", cropShare: 1 });
    expect(own).toEqual({ settings: { cropMode: "center", cropShare: 1 } });
    expect(protocolPreprocessing("coco", { cropMode: "center" }).settings).toEqual({
      cropMode: "center",
      cropShare: 0.875,
    });
    expect(protocolPreprocessing("cifar10", {}).assumption).toBe(
      "the image made square from its middle (--crop-mode), after resizing nothing cut off (--crop-share): as protocol cifar10 has it",
    );
    expect(protocolPreprocessing("coco", { cropShare: 1 }).assumption).toBe(
      "the image squashed to a square (--crop-mode): as protocol coco has it",
    );
    expect(protocolPreprocessing("coco", { cropMode: "center" }).assumption).toBe(
      "the image after resizing cut to 0.875 of its side (--crop-share): as protocol coco has it",
    );
    for (const name of PROTOCOL_NAMES) expect(protocolPreprocessing(name, {}).assumption).toContain(`protocol ${name}`);
  });

  it("leaves other datasets alone", () => {
    expect(protocolPreprocessing("pictures/", { size: 32 })).toEqual({ settings: { size: 32 } });
  });
});
