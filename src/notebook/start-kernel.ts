import { type Connection, channelAddress, prepareConnection } from "./connection.js";
import { type Kernel, KernelClient, type Sockets } from "./kernel.js";
import { kernelCommand, startKernelProcess } from "./kernel-process.js";
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
  /** The command of the kernel, for a connection file. Default: that of ours. */
  command?: (connectionFile: string) => readonly string[];
  /** Makes the place where kernel and client meet, anew for each try. Default: {@link prepareConnection}. */
  connect?: () => Promise<Connection>;
}

/** How often a kernel is started before it is given up. */
const TRIES = 3;

/**
 * Starts a kernel and connects to it; needs no Python and no Jupyter. The kernel dies with this process. One that does
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

async function startOnce(options: KernelOptions, timeout: number): Promise<Kernel> {
  const { folder, environment = process.env, command = kernelCommand, connect = prepareConnection } = options;
  const [zmq, connection] = await Promise.all([import("zeromq"), connect()]);
  const child = startKernelProcess(command(connection.file), folder, environment);
  // Nothing we send is put off or limited: zeromq.js would refuse what comes after.
  const limits = { linger: 0, sendHighWaterMark: 0, receiveHighWaterMark: 0, sendTimeout: 0 };
  const sockets: Sockets = {
    shell: new zmq.Dealer(limits),
    control: new zmq.Dealer(limits),
    iopub: new zmq.Subscriber({ linger: 0, receiveHighWaterMark: 0 }),
  };
  const { info } = connection;
  sockets.shell.connect(channelAddress(info, info.shell_port));
  sockets.control.connect(channelAddress(info, info.control_port));
  sockets.iopub.connect(channelAddress(info, info.iopub_port));
  sockets.iopub.subscribe();
  const kernel = new KernelClient(child, connection, sockets);
  try {
    await kernel.ready(timeout);
  } catch (error) {
    await kernel.shutdown(0);
    throw error;
  }
  return kernel;
}
