import { Command } from "commander";
import { kernelInstallCommand } from "./kernel-install.js";
import { kernelStartCommand } from "./kernel-start.js";

/** `hashbook kernel`: the Jupyter kernel that runs notebooks. */
export function kernelCommand(): Command {
  return new Command("kernel")
    .description("The TypeScript kernel for Jupyter: makes it known to front ends, and is started by them.")
    .addCommand(kernelInstallCommand())
    .addCommand(kernelStartCommand());
}
