import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { takeParent } from "../../src/kernel/parent-watch.js";

const MODULE = new URL("../../lib/kernel/parent-watch.js", import.meta.url).href;

/** A process that watches its parent and says "gone"; it would live for a minute. */
const CHILD = `
  import { takeParent, watchParent } from ${JSON.stringify(MODULE)};
  setTimeout(() => process.exit(1), 60_000);
  watchParent(takeParent(process.env), () => { process.stdout.write("gone"); process.exit(0); });
  process.stdout.write("ready ");
  process.send?.("ready");
`;

describe("the watch over who started the kernel", () => {
  it("takes ids out of the environment, and nothing that is none", () => {
    const environment = { JPY_PARENT_PID: "12", HASHBOOK_KERNEL_PIPE: "none", PATH: "p" };
    expect(takeParent(environment)).toEqual({ pid: 12, pipe: undefined });
    expect(environment).toEqual({ PATH: "p" });
  });

  it("sees that the other end of a pipe is closed", async () => {
    const env = { ...process.env, HASHBOOK_KERNEL_PIPE: "3" };
    const stdio = ["ignore", "pipe", "inherit", "pipe"] as const;
    const child = spawn(process.execPath, ["--input-type=module", "-e", CHILD], { env, stdio: [...stdio] });
    let said = "";
    child.stdout?.on("data", (text: Buffer) => {
      said += text;
      if (said === "ready ") child.stdio[3]?.destroy();
    });
    expect((await once(child, "exit"))[0]).toBe(0);
    expect(said).toBe("ready gone");
  });

  it.skipIf(process.platform === "win32")("sees that its parent has died", async () => {
    // The parent starts the child, waits until it is ready, and dies; the child keeps the pipe open.
    const parent = `
      import { spawn } from "node:child_process";
      const env = { ...process.env, JPY_PARENT_PID: String(process.pid) };
      const child = spawn(process.execPath, ["--input-type=module", "-e", ${JSON.stringify(CHILD)}], { env, stdio: ["ignore", "inherit", "inherit", "ipc"] });
      child.once("message", () => process.kill(process.pid, "SIGKILL"));
    `;
    const child = spawn(process.execPath, ["--input-type=module", "-e", parent], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.on("data", (text: Buffer) => {
      said += text;
    });
    await once(child.stdout, "close");
    expect(said).toBe("ready gone");
  });
});
