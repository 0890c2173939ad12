import type { Command } from "commander";
import { vi } from "vitest";
import { runCli } from "../../src/cli.js";

/** What a command line did. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process: a program of its own takes a second to start. */
export async function runInProcess(...args: readonly string[]): Promise<Outcome> {
  const written = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map(stream =>
    vi.spyOn(process[stream], "write").mockImplementation(text => {
      written[stream] += text;
      return true;
    }),
  );
  try {
    return { code: await runCli(args), ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** What one command prints; its errors are thrown. The caller restores the mocks. */
export async function printedBy(command: Command, ...args: readonly string[]): Promise<string> {
  let printed = "";
  vi.spyOn(process.stdout, "write").mockImplementation(text => {
    printed += text;
    return true;
  });
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  await command.exitOverride().parseAsync([...args], { from: "user" });
  return printed;
}
