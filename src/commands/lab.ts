import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { Command } from "commander";
import { UnavailableError } from "../core/errors.js";
import { writeOutput } from "../core/output-files.js";
import { homeFolder } from "../core/paths.js";

const examples = `
Examples:
  $ hashbook lab                       JupyterLab in the study, or in notebooks/
  $ hashbook lab -- --port 9000        what follows -- goes to jupyter lab

JupyterLab is not part of hashbook. To get it: python3 -m pip install jupyterlab`;

/** `hashbook lab`: JupyterLab with the tslab kernel that comes with hashbook. */
export function labCommand(): Command {
  return new Command("lab")
    .description("Open the notebooks in JupyterLab, with the TypeScript kernel ready.")
    .argument("[arguments...]", "arguments for jupyter lab")
    .addHelpText("after", examples)
    .action((passedOn: string[]) => lab(passedOn));
}

/**
 * Writes a kernel spec that starts this project's tslab with this Node, and returns the folder for JUPYTER_PATH.
 * It holds absolute paths, so it is made anew each time and is not committed.
 */
export async function writeKernelSpec(folder: string): Promise<string> {
  const { kernelCommand } = await import("../notebook/kernel-process.js");
  const { NO_PIPE } = await import("../notebook/kernel-reports.js");
  const spec = {
    argv: kernelCommand("{connection_file}"),
    env: { HASHBOOK_KERNEL_PIPE: NO_PIPE },
    display_name: "TypeScript",
    language: "typescript",
    interrupt_mode: "signal",
  };
  const kernel = join(folder, "kernels", "tslab");
  await writeOutput(join(kernel, "kernel.json"), `${JSON.stringify(spec, null, 1)}\n`);
  return folder;
}

async function lab(passedOn: readonly string[]): Promise<void> {
  const specs = await writeKernelSpec(join(homeFolder(), "cache", "jupyter"));
  const { defaultNotebooks } = await import("../notebook/default-notebooks.js");
  const { folder } = await defaultNotebooks();
  const path = [specs, process.env.JUPYTER_PATH].filter(Boolean).join(delimiter);
  const child = spawn("jupyter", ["lab", ...passedOn], {
    cwd: folder,
    env: { ...process.env, JUPYTER_PATH: path },
    stdio: "inherit",
  });
  // Ctrl-C reaches JupyterLab through the terminal; we wait until it has shut down.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", cause =>
      reject(
        new UnavailableError(
          "cannot start `jupyter lab`: JupyterLab is not installed or not on PATH. Install it with `python3 -m pip install jupyterlab` (or `pipx install jupyterlab`), or run the notebooks without it: `hashbook run`",
          { cause },
        ),
      ),
    );
    child.once("exit", (status, signal) => resolve(status ?? (signal === null ? 0 : 1)));
  });
  process.exitCode = code;
}
