import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeOutput } from "../core/output-files.js";
import { packageFolder } from "../core/paths.js";
import { KERNEL_FLAGS } from "../notebook/kernel-process.js";

/** What notebooks call the kernel in their metadata, and the folder its description lies in. */
export const KERNEL_NAME = "hashbook";
/** What people read in a front end's list of kernels. */
export const KERNEL_TITLE = "TypeScript (hashbook)";

/** What Jupyter reads of a kernel (jupyter_client's documentation, "Kernel specs"). */
export interface KernelSpec {
  /** The command that starts it; `{connection_file}` becomes the file that says where to meet. */
  argv: string[];
  display_name: string;
  language: string;
  /** How a front end asks for an interrupt: by a message on the control channel, which is heard at any time. */
  interrupt_mode: "message";
}

/** The description of the kernel of this checkout, or this package, run by this Node: its paths are absolute. */
export function kernelSpec(): KernelSpec {
  return {
    argv: [process.execPath, ...KERNEL_FLAGS, join(packageFolder, "bin", "kernel.js"), "{connection_file}"],
    display_name: KERNEL_TITLE,
    language: "typescript",
    interrupt_mode: "message",
  };
}

/**
 * Writes the kernel's description and logos where a front end looks for kernels.
 * @param dataFolder a data folder of Jupyter, such as `~/.local/share/jupyter` or one of `JUPYTER_PATH`
 * @returns the folder of the description
 */
export async function writeKernelSpec(dataFolder: string): Promise<string> {
  const folder = join(dataFolder, "kernels", KERNEL_NAME);
  await writeOutput(join(folder, "kernel.json"), `${JSON.stringify(kernelSpec(), null, 1)}\n`);
  const logos = join(packageFolder, "jupyter", "kernel");
  for (const logo of await readdir(logos)) await writeOutput(join(folder, logo), await readFile(join(logos, logo)));
  return folder;
}
