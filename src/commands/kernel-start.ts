import { Command } from "commander";

const examples = `
Example:
  $ hashbook kernel start connection.json      what a front end calls; people call "hashbook lab"

The file says where to listen and how to sign (Jupyter's connection file). Exit code 98: another process has the address.`;

/** `hashbook kernel start`: this process becomes a kernel. */
export function kernelStartCommand(): Command {
  return new Command("start")
    .description("Be the kernel of a front end.")
    .argument("<file>", "the connection file that the front end has written")
    .addHelpText("after", examples)
    .action(async (file: string) => {
      const { readConnectionFile } = await import("../kernel/connection-file.js");
      await readConnectionFile(file); // a fault of it is said before threads are started, which would hold the process
      const { startKernel } = await import("../kernel/start-kernel.js");
      await startKernel(file);
    });
}
