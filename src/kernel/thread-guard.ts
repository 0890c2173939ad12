import { Session } from "node:inspector";

/** The part of Node's internals that lets a thread survive its termination. */
interface AsyncWrap {
  readonly async_hook_fields: Uint32Array;
  readonly constants: { readonly kCheck: number };
  clearAsyncIdStack(): void;
}

/**
 * Lets this thread live on after `Runtime.terminateExecution`, which stops code without running any `finally`, Node's own
 * among them. Node then finds an entry too many on its stack of async contexts, and would abort the process for it.
 */
export class ThreadGuard {
  private readonly internals: AsyncWrap;
  private session: Session | undefined;

  constructor() {
    const { noDeprecation } = process;
    process.noDeprecation = true; // nothing else gives access to the check
    const { binding } = process as unknown as { binding(name: string): unknown };
    this.internals = binding.call(process, "async_wrap") as AsyncWrap;
    process.noDeprecation = noDeprecation;
    this.internals.async_hook_fields[this.internals.constants.kCheck] = 0;
  }

  /** To be called where a turn of the thread begins: takes away what a termination has left. */
  recover(): void {
    this.internals.clearAsyncIdStack();
  }

  /** Ends the JavaScript that runs now, and forgets all microtasks that wait. */
  terminate(): void {
    if (this.session === undefined) {
      this.session = new Session();
      this.session.connect();
    }
    this.session.post("Runtime.terminateExecution");
  }
}
