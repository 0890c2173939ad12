import { Socket } from "node:net";

/** Who started the kernel, as far as it says so. */
export interface KernelParent {
  /** Its process id (JPY_PARENT_PID, which Jupyter sets). */
  pid?: number;
  /** File descriptor of a pipe whose other end it holds (HASHBOOK_KERNEL_PIPE, which our own client sets). */
  pipe?: number;
}

/** Milliseconds between two looks at who our parent is. */
const LOOK = 1000;

/** Takes from the environment who started us, so that what a cell starts is not told it. */
export function takeParent(environment: NodeJS.ProcessEnv): KernelParent {
  const { JPY_PARENT_PID: pid, HASHBOOK_KERNEL_PIPE: pipe } = environment;
  delete environment.JPY_PARENT_PID;
  delete environment.HASHBOOK_KERNEL_PIPE;
  return { pid: wholeNumber(pid), pipe: wholeNumber(pipe) };
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Calls `gone` once when who started us is no more, so that no kernel outlives a front end that was killed. */
export function watchParent({ pid, pipe }: KernelParent, gone: () => void): void {
  if (pipe !== undefined)
    new Socket({ fd: pipe })
      .once("close", gone)
      .on("error", () => undefined)
      .resume()
      .unref();
  // On Windows Jupyter sets a handle there, and orphans keep their parent's id.
  if (pid === undefined || process.platform === "win32") return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent && lives(pid)) return;
    clearInterval(timer);
    gone();
  }, LOOK);
  timer.unref();
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // somebody else's, but there
  }
}
