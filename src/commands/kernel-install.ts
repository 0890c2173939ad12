import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { UsageError } from "../core/errors.js";
import { KERNEL_NAME, KERNEL_TITLE, kernelSpec, writeKernelSpec } from "../kernel/kernel-spec.js";

interface InstallFlags {
  user?: boolean;
  prefix?: string;
  json?: boolean;
}

const examples = `
Examples:
  $ hashbook kernel install                    for you: VS Code, JupyterLab and others offer "${KERNEL_TITLE}"
  $ hashbook kernel install --prefix .venv     for one Python environment
  $ jupyter kernelspec remove ${KERNEL_NAME}        undoes it

The description names this hashbook and this Node by their paths: install again when either has moved. JupyterLab of
"hashbook lab" needs none of this.`;

/** `hashbook kernel install`: the kernel for VS Code and other front ends. */
export function kernelInstallCommand(): Command {
  return new Command("install")
    .description("Make the kernel known to VS Code, JupyterLab, nbconvert, papermill.")
    .option("--user", "for this user, in Jupyter's data folder (the default)")
    .option("--prefix <folder>", "for the Python environment in this folder")
    .option("--json", "print one JSON document on stdout")
    .addHelpText("after", examples)
    .action((flags: InstallFlags) => install(flags));
}

/** Where Jupyter looks for what belongs to a user: as jupyter_core's `jupyter_data_dir` decides. */
export function jupyterDataFolder(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.JUPYTER_DATA_DIR) return environment.JUPYTER_DATA_DIR;
  const home = homedir();
  if (process.platform === "darwin") return join(home, "Library", "Jupyter");
  if (process.platform === "win32") return join(environment.APPDATA ?? join(home, "AppData", "Roaming"), "jupyter");
  return join(environment.XDG_DATA_HOME || join(home, ".local", "share"), "jupyter");
}

async function install({ user, prefix, json }: InstallFlags): Promise<void> {
  if (user && prefix !== undefined) throw new UsageError("--user and --prefix exclude each other");
  const data = prefix === undefined ? jupyterDataFolder() : join(resolve(prefix), "share", "jupyter");
  const folder = await writeKernelSpec(data);
  const said = json
    ? JSON.stringify({ name: KERNEL_NAME, folder, spec: kernelSpec() }, null, 2)
    : `the kernel "${KERNEL_TITLE}" (${KERNEL_NAME}) is described in ${folder}`;
  process.stdout.write(`${said}\n`);
}
