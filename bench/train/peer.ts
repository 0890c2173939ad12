import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { writeAtomically } from "../../src/core/files.js";
import { writeNpy } from "../../src/core/npy.js";
import type { BenchJob } from "./job.js";

/** PyTorch at the other end of a pipe, see peer.py. */
export class TorchPeer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly lines: AsyncIterator<string>,
    /** Version of PyTorch. */
    readonly version: string,
  ) {}

  /**
   * Starts it with the Python of HASHBOOK_PYTHON (default python3).
   * @throws when that has no torch
   */
  static async open(folder: string, job: BenchJob, threads: number): Promise<TorchPeer> {
    const { config, features, labels, rows, betas, parameters } = job;
    const [names, steps] = [Object.keys(parameters), betas.length];
    const { method, bits, learningRate } = config;
    const description = { method, bits, learningRate, threads, parameters: names };
    await writeAtomically(join(folder, "job.json"), JSON.stringify(description));
    await writeNpy(join(folder, "features.npy"), features);
    await writeNpy(join(folder, "labels.npy"), { data: labels, shape: [labels.length] });
    await writeNpy(join(folder, "rows.npy"), { data: rows, shape: [steps, config.batch] });
    await writeNpy(join(folder, "beta.npy"), { data: betas, shape: [steps] });
    for (const [name, array] of Object.entries(parameters)) await writeNpy(join(folder, `${name}.npy`), array);
    const script = fileURLToPath(new URL("peer.py", import.meta.url));
    const child = spawn(process.env.HASHBOOK_PYTHON ?? "python3", [script, folder], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, OMP_NUM_THREADS: `${threads}` },
    });
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    const first = await lines.next();
    if (first.done) throw new Error("the Python of HASHBOOK_PYTHON (default python3) does not run peer.py");
    return new TorchPeer(child, lines, JSON.parse(first.value).torch);
  }

  private async ask<T>(command: string): Promise<T> {
    this.child.stdin!.write(`${command}\n`);
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`peer.py ended at "${command}"`);
    const { answer, error } = JSON.parse(value);
    if (error !== undefined) throw new Error(error);
    return answer;
  }

  trajectory(steps: number): Promise<number[]> {
    return this.ask(`trajectory ${steps}`);
  }

  /** Milliseconds of each of some steps. */
  async time(name: "eager" | "compiled", steps: number): Promise<number[]> {
    return (await this.ask<number[]>(`time ${name} ${steps}`)).map(seconds => 1000 * seconds);
  }

  /** The rate of the forward product, floating-point operations a second. */
  gemmRate(): Promise<number> {
    return this.ask("gemm 200");
  }

  close(): void {
    this.child.kill();
  }
}
