import { createHook } from "node:async_hooks";
import { Session } from "node:inspector";
import { KERNEL_FLAGS } from "../notebook/kernel-process.js";

/** The part of Node's internals that lets a thread survive its termination. */
interface AsyncWrap {
  readonly async_hook_fields: Uint32Array;
  readonly constants: { readonly kCheck: number; readonly kTotals: number };
  clearAsyncIdStack(): void;
}

/** @returns undefined where this Node does not give them away, as newer ones do not */
function asyncWrap(): AsyncWrap | undefined {
  const { noDeprecation } = process;
  process.noDeprecation = true; // nothing else gives access to the check
  try {
    const { binding } = process as unknown as { binding(name: string): unknown };
    const internals = binding.call(process, "async_wrap") as AsyncWrap;
    const { async_hook_fields: fields, constants, clearAsyncIdStack } = internals;
    const areKnown = [fields[constants.kCheck], fields[constants.kTotals]].every(field => typeof field === "number");
    const isKnown = areKnown && typeof clearAsyncIdStack === "function";
    return isKnown ? internals : undefined;
  } catch {
    return undefined;
  } finally {
    process.noDeprecation = noDeprecation;
  }
}

/** Whether code of this process can be terminated without Node aborting the process for it. */
export function survivesTermination(): boolean {
  const given = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? "").split(/\s+/)];
  return asyncWrap() !== undefined || KERNEL_FLAGS.every(flag => given.includes(flag));
}

/**
 * Lets this thread live on after `Runtime.terminateExecution`, which stops code without running any `finally`, Node's own
 * among them. Node then finds an entry too many on its stack of async contexts, and would abort the process for it, but for
 * the flags that the kernel is started with. They are no help once something uses async hooks, as AsyncLocalStorage does
 * before Node 24: there the check is kept off from within.
 */
export class ThreadGuard {
  private readonly internals: AsyncWrap | undefined = asyncWrap();
  private readonly survives: boolean = survivesTermination();
  private session: Session | undefined;

  constructor() {
    if (this.internals !== undefined) keepUnchecked(this.internals);
  }

  /** To be called where a turn of the thread begins: takes away what a termination has left. */
  recover(): void {
    this.internals?.clearAsyncIdStack();
  }

  /** Ends the JavaScript that runs now, and forgets all microtasks that wait; does nothing where that would be the end. */
  terminate(): void {
    if (!this.survives) return;
    if (this.session === undefined) {
      this.session = new Session();
      this.session.connect();
    }
    this.session.post("Runtime.terminateExecution");
  }
}

/** Puts the checks off, also where hooks that begin or end would put them on again: Node checks where it counts a hook. */
function keepUnchecked({ async_hook_fields: fields, constants }: AsyncWrap): void {
  fields[constants.kCheck] = 0;
  const hooks = Object.getPrototypeOf(createHook({})) as Record<"enable" | "disable", () => unknown>;
  for (const name of ["enable", "disable"] as const) {
    const change = hooks[name];
    hooks[name] = function () {
      const result = change.call(this);
      fields[constants.kCheck] = 0;
      fields[constants.kTotals] = 0; // counted anew with every change, from what decides whether hooks are called
      return result;
    };
  }
}
