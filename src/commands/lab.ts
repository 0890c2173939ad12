import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { Command } from "commander";
import { UnavailableError } from "../core/errors.js";
import { homeFolder } from "../core/paths.js";
import { drawsFigures, installJupyter, type Jupyter, jupyterEnvironment, jupyterOf } from "./jupyter.js";

const DEFAULT_PYTHON = process.platform === "win32" ? "python" : "python3";

interface LabFlags {
  install?: boolean;
  python: string;
}

const examples = `
Examples:
  $ hashbook lab --install             the first time: JupyterLab into .venv, pinned, with all it needs
  $ hashbook lab                       JupyterLab in the study, or in notebooks/
  $ hashbook lab -- --port 9000        what follows -- goes to jupyter lab

JupyterLab is taken from .venv of the study or checkout, else from PATH. The kernel is made known to this JupyterLab alone;
"hashbook kernel install" does it for VS Code and others.`;

/** `hashbook lab`: JupyterLab with our kernel, for this checkout or study alone. */
export function labCommand(): Command {
  return new Command("lab")
    .description("Open the notebooks in JupyterLab, with the TypeScript kernel ready.")
    .argument("[arguments...]", "arguments for jupyter lab")
    .option("--install", "put JupyterLab, plotly and papermill into .venv first (Python 3.11 and its package index)")
    .option("--python <program>", "the Python that --install makes .venv with", DEFAULT_PYTHON)
    .addHelpText("after", examples)
    .action((passedOn: string[], flags: LabFlags) => lab(passedOn, flags));
}

/**
 * Limits on what a kernel prints, in messages and bytes a second: Jupyter's server drops what comes beyond (by default
 * 1,000 and 1 MB). Ours folds its messages; a figure that is drawn anew several times a second needs the bytes.
 */
const RATES: readonly string[] = [
  "--ZMQChannelsWebsocketConnection.iopub_msg_rate_limit=100000",
  "--ZMQChannelsWebsocketConnection.iopub_data_rate_limit=1000000000",
];

async function lab(passedOn: readonly string[], flags: LabFlags): Promise<void> {
  const home = homeFolder();
  if (flags.install) {
    process.stderr.write(`hashbook: installing JupyterLab into ${jupyterEnvironment(home)}\n`);
    await installJupyter(home, flags.python);
  }
  const jupyter = jupyterOf(home);
  const { defaultNotebooks } = await import("../notebook/default-notebooks.js");
  const { writeKernelSpec } = await import("../kernel/kernel-spec.js");
  const data = jupyter.environment ? join(jupyter.environment, "share", "jupyter") : join(home, "cache", "jupyter");
  await writeKernelSpec(data);
  if (!(await drawsFigures(jupyter))) {
    process.stderr.write(
      "hashbook: this JupyterLab shows figures as still pictures. For live ones: `python3 -m pip install plotly` where it is installed, or `hashbook lab --install`\n",
    );
  }
  const { folder } = await defaultNotebooks();
  process.exitCode = await openLab(jupyter, [...RATES, ...passedOn], folder, data);
}

/** Runs JupyterLab until it ends, and returns its exit code. @param data a data folder that has our kernel */
async function openLab(jupyter: Jupyter, words: readonly string[], folder: string, data: string): Promise<number> {
  const path = [data, process.env.JUPYTER_PATH].filter(Boolean).join(delimiter);
  const child = spawn(jupyter.program("jupyter-lab"), words, {
    cwd: folder,
    env: { ...process.env, JUPYTER_PATH: path },
    stdio: "inherit",
  });
  // Ctrl-C reaches JupyterLab through the terminal; we wait until it has shut down.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  return new Promise<number>((resolve, reject) => {
    child.once("error", cause =>
      reject(
        new UnavailableError(
          "cannot start jupyter-lab: there is none in .venv and none on PATH. `hashbook lab --install` installs it here; `hashbook run` needs no Jupyter",
          { cause },
        ),
      ),
    );
    child.once("exit", (status, signal) => resolve(status ?? (signal === null ? 0 : 1)));
  });
}
