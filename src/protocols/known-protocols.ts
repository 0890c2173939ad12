import { InputError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import { CIFAR10, CIFAR10_1, CIFAR10_2 } from "./cifar10.js";
import { CIFAR10_UNSEEN } from "./cifar10-unseen.js";
import { COCO, COCO_SWUXYJ } from "./coco.js";
import { FASHION_MNIST_MULTILABEL } from "./fashion-mnist-multilabel.js";
import { IMAGENET_100 } from "./imagenet-100.js";
import { MIRFLICKR } from "./mirflickr.js";
import { NUSWIDE_21, NUSWIDE_81 } from "./nus-wide.js";
import type { Protocol } from "./protocol.js";
import { VOC2012 } from "./voc2012.js";

/** The protocols of the field, in the order of tables. To add one, add a line. */
export const PROTOCOLS: readonly Protocol[] = [
  CIFAR10,
  CIFAR10_1,
  CIFAR10_2,
  CIFAR10_UNSEEN,
  IMAGENET_100,
  COCO,
  COCO_SWUXYJ,
  NUSWIDE_81,
  NUSWIDE_21,
  MIRFLICKR,
  VOC2012,
];

/** Names of {@link PROTOCOLS}. */
export const PROTOCOL_NAMES: readonly string[] = PROTOCOLS.map(({ name }) => name);

/** Those, and how the sample that is made here is measured. */
const MEASURED: readonly Protocol[] = [...PROTOCOLS, FASHION_MNIST_MULTILABEL];

/** The protocol of a name; undefined for a name of none, as that of data that is no protocol's. */
export function findProtocol(name: string | undefined): Protocol | undefined {
  return MEASURED.find(protocol => protocol.name === name);
}

/**
 * The protocol of a name.
 * @throws {InputError} for an unknown name, with the nearest known one
 */
export function protocolOf(name: string): Protocol {
  const found = findProtocol(name);
  if (found !== undefined) return found;
  throw new InputError(`there is no protocol "${name}"`, {
    expected: knownNames(
      name,
      MEASURED.map(protocol => protocol.name),
    ),
  });
}
