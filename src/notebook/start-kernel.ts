import { type Connection, prepareConnection } from "./connection.js";
import { type Kernel, type Sockets, TslabKernel } from "./kernel.js";
import { startKernelProcess } from "./kernel-process.js";
import type { KernelReport } from "./kernel-reports.js";
import { NotebookError } from "./notebook-error.js";

export interface KernelOptions {
  /** Working directory of the kernel. */
  folder: string;
  /** Environment variables of the kernel. Default: those of this process. */
  environment?: NodeJS.ProcessEnv;
  /** Seconds in which the kernel must answer; a second and a third try may take twice and four times as long. Default: 30. */
  startTimeout?: number;
  /** Told why another try is made. */
  onRetry?: (sentence: string) => void;
  /** Makes the place where kernel and client meet, anew for each try. Default: {@link prepareConnection}. */
  connect?: () => Promise<Connection>;
}

/** How often a kernel is started before it is given up. */
const TRIES = 3;

/**
 * Starts a tslab kernel and connects to it; needs no Python and no Jupyter. The kernel dies with this process. One that does
 * not answer, or finds its address taken, is started again at another.
 * @throws {NotebookError} when it does not start or never answers in time
 */
export async function startKernel(options: KernelOptions): Promise<Kernel> {
  const { startTimeout = 30, onRetry = () => undefined } = options;
  for (let tries = 1; ; tries++) {
    try {
      return await startOnce(options, startTimeout * 2 ** (tries - 1));
    } catch (error) {
      const again = error instanceof NotebookError && ["TimeoutError", "AddressTaken"].includes(error.ename ?? "");
      if (!again || tries === TRIES) throw error;
      onRetry(`${error.message}; starting another`);
    }
  }
}

async function startOnce({ folder, environment, connect }: KernelOptions, timeout: number): Promise<Kernel> {
  const [zmq, connection] = await Promise.all([import("zeromq"), (connect ?? prepareConnection)()]);
  const receive = (report: KernelReport): void => kernel.takeReport(report);
  const child = startKernelProcess(connection.file, folder, environment ?? process.env, receive);
  // Nothing we send is put off or limited: zeromq.js would refuse what comes after (kernel-preload.ts).
  const limits = { linger: 0, sendHighWaterMark: 0, receiveHighWaterMark: 0, sendTimeout: 0 };
  const sockets: Sockets = {
    shell: new zmq.Dealer(limits),
    control: new zmq.Dealer(limits),
    iopub: new zmq.Subscriber({ linger: 0, receiveHighWaterMark: 0 }),
  };
  const { transport, ip, shell_port, control_port, iopub_port } = connection.info;
  sockets.shell.connect(`${transport}://${ip}:${shell_port}`);
  sockets.control.connect(`${transport}://${ip}:${control_port}`);
  sockets.iopub.connect(`${transport}://${ip}:${iopub_port}`);
  sockets.iopub.subscribe();
  const kernel = new TslabKernel(child, connection, sockets);
  try {
    await kernel.ready(timeout);
  } catch (error) {
    await kernel.shutdown(0);
    throw error;
  }
  return kernel;
}
