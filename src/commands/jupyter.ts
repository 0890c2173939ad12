import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { UnavailableError } from "../core/errors.js";
import { writeOutput } from "../core/output-files.js";
import { packageFolder } from "../core/paths.js";

/** The oldest Python for which there are all packages of jupyter/requirements.txt. */
const OLDEST_PYTHON = "3.11";

/** Settings of the JupyterLab we install; a user's own go before them. */
const LAB_SETTINGS = {
  // It asks nothing of the network by itself, nor the user about that.
  "@jupyterlab/apputils-extension:notification": { fetchNews: "false" },
  // Tab shows what a name does beside the list, and waits longer than a second for a machine that trains meanwhile.
  "@jupyterlab/completer-extension:manager": { showDocumentationPanel: true, providerTimeout: 5000 },
};

/** A Jupyter on this machine. */
export interface Jupyter {
  /** The programs by their names: a path, or the bare name where they are on PATH. */
  program(name: "jupyter" | "jupyter-lab"): string;
  /** The environment that `hashbook lab --install` made; undefined for a Jupyter on PATH. */
  readonly environment?: string;
}

/** Where `hashbook lab --install` puts Jupyter. @param home the study or checkout */
export function jupyterEnvironment(home: string): string {
  return join(home, ".venv");
}

/** Jupyter as it is to be used in a study or checkout: its own where it has one with JupyterLab, else that on PATH. */
export function jupyterOf(home: string): Jupyter {
  const environment = jupyterEnvironment(home);
  const inside = (name: string): string => programOf(environment, name);
  if (existsSync(inside("jupyter-lab"))) return { program: inside, environment };
  return { program: name => name };
}

/** The path of a program of a Python environment, as this system lays environments out. */
export function programOf(environment: string, name: string): string {
  return process.platform === "win32" ? join(environment, "Scripts", `${name}.exe`) : join(environment, "bin", name);
}

/**
 * Makes `.venv`, or completes it: JupyterLab, what draws plotly's figures in it, papermill with parameters for our
 * notebooks, all in pinned versions. Needs Python's package index.
 * @param home the study or checkout
 * @param python the Python to make it with, a name on PATH or a path
 * @throws {UnavailableError} when there is no such Python, it is too old, or a package cannot be had
 */
export async function installJupyter(home: string, python: string): Promise<void> {
  const environment = jupyterEnvironment(home);
  await checkPython(python);
  if (!existsSync(programOf(environment, "python"))) await run(python, ["-m", "venv", environment]);
  const jupyter = join(packageFolder, "jupyter");
  const wanted = ["--requirement", join(jupyter, "requirements.txt"), join(jupyter, "papermill")];
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  await run(programOf(environment, "python"), [...pip, ...wanted]);
  // JupyterLab runs scripts in CommonJS below here, which a package.json above with "type": "module" would refuse.
  await writeOutput(join(environment, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);
  const settings = join(environment, "share", "jupyter", "lab", "settings", "overrides.json");
  await writeOutput(settings, `${JSON.stringify(LAB_SETTINGS, null, 1)}\n`);
}

async function checkPython(python: string): Promise<void> {
  const expected = `Python ${OLDEST_PYTHON} or newer; --python names another`;
  const ask = "import sys; print('.'.join(map(str, sys.version_info[:3])))";
  const answer = await promisify(execFile)(python, ["-c", ask]).catch((cause: Error) => {
    throw new UnavailableError(`cannot run ${python}`, { expected, actual: cause.message.split("\n")[0], cause });
  });
  const found = answer.stdout.trim();
  const [major, minor] = found.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_PYTHON.split(".").map(Number);
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    throw new UnavailableError(`${python} is too old for JupyterLab`, { expected, actual: found });
  }
}

/** Runs a program, whose words go to stderr. */
async function run(program: string, words: readonly string[]): Promise<void> {
  const child = spawn(program, words, { stdio: ["ignore", 2, 2] });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once("error", cause => reject(new UnavailableError(`cannot run ${program}: ${cause.message}`, { cause })));
    child.once("exit", resolve);
  });
  if (status === 0) return;
  throw new UnavailableError(`\`${[program, ...words].join(" ")}\` failed; what it said stands above`);
}

/**
 * Whether a JupyterLab draws figures live: the Python package plotly brings its extension for
 * `application/vnd.plotly.v1+json`. Without it figures are still pictures. True where that cannot be found out.
 */
export async function drawsFigures(jupyter: Jupyter): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)(jupyter.program("jupyter"), ["--paths", "--json"]);
    const folders = (JSON.parse(stdout) as { data: string[] }).data;
    return folders.some(folder => existsSync(join(folder, "labextensions", "jupyterlab-plotly")));
  } catch {
    return true;
  }
}
