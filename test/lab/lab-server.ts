import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, dirname, join } from "node:path";
import { packageFolder } from "../../src/core/paths.js";
import type { Notebook } from "../../src/notebook/nbformat.js";
import { JUPYTER_PYTHON } from "./jupyter-python.js";
import { copyWorkbook } from "./workbook-copy.js";

/** A JupyterLab with an empty home, no settings of anyone, and a copy of the workbook. */
export interface LabServer {
  /** Address of a notebook, with the token. */
  address(notebook: string): string;
  /** Puts a notebook beside those of the workbook. */
  put(name: string, notebook: Notebook): void;
  /** What the server has said so far. */
  log(): string;
  /** Stops the server as Ctrl-C would, and removes all. */
  close(): Promise<void>;
}

/** Seconds that the server may take to answer. */
const START = 60;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise(resolve => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise(resolve => server.close(resolve));
  return port;
}

/** No question about news, which would lie over the notebook. @param home of the user */
function askNothing(home: string): void {
  const settings = join(home, ".jupyter", "lab", "user-settings", "@jupyterlab", "apputils-extension");
  mkdirSync(settings, { recursive: true });
  writeFileSync(join(settings, "notification.jupyterlab-settings"), JSON.stringify({ fetchNews: "false" }));
}

const HASHBOOK = join(packageFolder, "bin", "hashbook.js");

/**
 * Starts JupyterLab on smoke data, without a browser.
 * @param by "hashbook": `hashbook lab`; "jupyter": `jupyter lab` as it is, the kernel installed for the user
 */
export async function startLab(by: "hashbook" | "jupyter" = "hashbook"): Promise<LabServer> {
  const { root, notebooks, home, remove } = copyWorkbook();
  const [port, token] = [await freePort(), randomBytes(16).toString("hex")];
  askNothing(home);
  const settings = {
    "ServerApp.root_dir": notebooks,
    "ServerApp.allow_root": "True",
    "ServerApp.open_browser": "False",
    "ServerApp.port": `${port}`,
    "ServerApp.port_retries": "0",
    "IdentityProvider.token": token,
    "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
    "LabApp.expose_app_in_browser": "True",
  };
  const words = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
  const { JUPYTER_PATH: _, ...environment } = process.env;
  const env = {
    ...environment,
    PATH: [dirname(JUPYTER_PYTHON!), process.env.PATH].join(delimiter),
    HOME: home,
    HASHBOOK_HOME: root,
    HASHBOOK_SMOKE: "1",
  };
  if (by === "jupyter") execFileSync(process.execPath, [HASHBOOK, "kernel", "install", "--user"], { env });
  const [program, ...start] = by === "jupyter" ? ["jupyter", "lab"] : [process.execPath, HASHBOOK, "lab", "--"];
  const server = spawn(program, [...start, ...words], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [server.stdout, server.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  }
  const lab: LabServer = {
    address: notebook => `http://127.0.0.1:${port}/lab/workspaces/test/tree/${notebook}?reset&token=${token}`,
    put: (name, notebook) => writeFileSync(join(notebooks, name), JSON.stringify(notebook)),
    log: () => said,
    close: async () => {
      await ended(server);
      remove();
    },
  };
  await answering(`http://127.0.0.1:${port}/api?token=${token}`, server, lab.log);
  return lab;
}

async function answering(address: string, server: ChildProcess, log: () => string): Promise<void> {
  const deadline = Date.now() + 1000 * START;
  while (Date.now() < deadline && server.exitCode === null) {
    if (
      await fetch(address).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  await ended(server);
  throw new Error(`JupyterLab does not answer; it said:\n${log()}`);
}

async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = new Promise(resolve => server.once("exit", resolve));
  server.kill("SIGTERM");
  await gone;
}
