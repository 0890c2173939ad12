import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { FeaturesOfProcess } from "./features-of-process.js";
import type { TrainingData } from "./training-data.js";

/** The program of the processes; built, because it runs without this one's loader. */
const PROGRAM = fileURLToPath(new URL("../../lib/training/training-worker.js", import.meta.url));

/** A process that trains, one training at a time. */
export interface TrainingProcess {
  readonly child: ChildProcess;
  /** What it has been sent of features. */
  readonly features: FeaturesOfProcess;
}

/**
 * Processes that train one training after another. To start one, to load the engine there and to send it the features takes
 * as long as some epochs: a study does it once a worker, not once a run.
 */
export class ProcessPool {
  private readonly idle: TrainingProcess[] = [];
  private readonly all: Set<TrainingProcess> = new Set();
  private readonly onExit = (): void => this.close();

  /** One that has nothing to do, that has these features where there is such a one; else a new one. */
  take(features: TrainingData["features"]): TrainingProcess {
    const at = this.idle.findIndex(one => one.features.isOf(features));
    const known = this.idle.splice(at, 1).find(({ child }) => child.connected);
    return known ?? this.start();
  }

  /** Takes back one whose training has ended as it should. */
  giveBack(process: TrainingProcess): void {
    if (this.all.has(process) && process.child.connected) this.idle.push(process);
  }

  /** Ends one, whatever it does. */
  end(one: TrainingProcess): void {
    one.child.kill("SIGKILL"); // at SIGTERM it would finish its checkpoint first
    this.all.delete(one);
    if (this.all.size === 0) process.off("exit", this.onExit);
  }

  /** Ends all of them. */
  close(): void {
    this.idle.length = 0;
    for (const one of this.all) this.end(one);
  }

  private start(): TrainingProcess {
    const child = fork(PROGRAM, { serialization: "advanced", execArgv: [], stdio: ["ignore", 2, 2, "ipc"] });
    const one: TrainingProcess = { child, features: new FeaturesOfProcess() };
    child.on("error", () => {}); // who waits for it listens too; nobody does while it is idle
    child.once("exit", () => this.end(one));
    if (this.all.size === 0) process.once("exit", this.onExit); // one listener for all: Node warns of more than ten
    this.all.add(one);
    return one;
  }
}
