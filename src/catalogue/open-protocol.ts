import type { ProgressListener } from "../core/progress.js";
import { openCifar10 } from "../datasets/cifar-10.js";
import { downloadCifar10 } from "../datasets/cifar-10-download.js";
import type { Dataset } from "../datasets/dataset.js";
import { datasetWithRoles } from "../datasets/dataset-with-roles.js";
import { protocolOf } from "../protocols/known-protocols.js";

/** How CIFAR-10 is opened. */
export interface OpenCifar10Options {
  /** Where it is. Default: its usual place. */
  root?: string;
  /** Fetch it where no copy is there. Default false. */
  download?: boolean;
  /** Of the rule by which a protocol draws roles. Default 0. */
  seed?: number;
  /** Told of the download. Default: nobody. */
  onProgress?: ProgressListener;
}

/** All images of CIFAR-10. */
export async function openCifar10Images({ root, download, onProgress }: OpenCifar10Options): Promise<Dataset> {
  if (download) await downloadCifar10({ folder: root, onProgress });
  return openCifar10({ root });
}

/** CIFAR-10 in the roles that the rule of a protocol draws. */
export async function openCifar10Protocol(name: string, options: OpenCifar10Options): Promise<Dataset> {
  const images = await openCifar10Images(options);
  return datasetWithRoles(images, name, protocolOf(name).rule!.draw(images, { seed: options.seed }));
}
