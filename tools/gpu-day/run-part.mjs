import { spawn } from "node:child_process";

/**
 * Runs a part in a process of its own, which is ended after its time with all that it started.
 * @param {string[]} command program and arguments
 * @param {{seconds: number, environment: object, folder: string}} options environment: what is added to the day's own
 * @returns {Promise<{rows: object[], seconds: number, fault?: string, said: string}>} the rows that it told, and what
 *   went wrong; said: the end of what it wrote on stderr
 */
export async function runPart(command, { seconds, environment, folder }) {
  const began = performance.now();
  const [program, ...args] = command;
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true, // a group of its own
  });
  let [out, said] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", text => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", text => {
    said = (said + text).slice(-2000);
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    process.kill(-child.pid, "SIGKILL");
  }, 1000 * seconds);
  const end = await new Promise(resolve => {
    child.once("error", error => resolve({ code: error.message }));
    child.once("close", (code, signal) => resolve({ code: signal ?? code }));
  });
  clearTimeout(timer);
  const rows = out.split("\n").filter(Boolean).flatMap(rowOf);
  const spent = (performance.now() - began) / 1000;
  const fault = late ? `ended after ${seconds.toFixed(0)} s` : end.code === 0 ? undefined : faultOf(end.code, said);
  return { rows, seconds: spent, said, ...(fault === undefined ? {} : { fault }) };
}

/** A library may write its own lines on stdout. */
function rowOf(line) {
  try {
    const row = JSON.parse(line);
    return typeof row?.table === "string" ? [row] : [];
  } catch {
    return [];
  }
}

function faultOf(code, said) {
  const line = said.split("\n").findLast(text => /error/i.test(text)) ?? said.trim().split("\n").at(-1);
  return `ended with ${code}${line ? `: ${line.trim().slice(0, 200)}` : ""}`;
}
