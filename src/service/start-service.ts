import type { FastifyInstance } from "fastify";
import { Access, isLoopbackHost } from "./access.js";
import { Admission } from "./admission.js";
import { BodyBudget } from "./bodies.js";
import { GalleryLease } from "./gallery-lease.js";
import { checkAddress, listen } from "./listen.js";
import { ServiceMetrics } from "./metrics.js";
import { CompiledNetworks } from "./network-spec.js";
import type { OpenedSources } from "./opened-sources.js";
import { readPageFiles } from "./page-files.js";
import { ServedGallery } from "./served-gallery.js";
import { buildServer } from "./server.js";
import type { ServiceLimits } from "./service-limits.js";
import { bodyBytes } from "./service-limits.js";

/** Settings of {@link startService}. */
export interface StartOptions {
  /** What is served; opened again at a reload, which the signal ends when the service does. */
  readonly open: (signal: AbortSignal) => Promise<OpenedSources>;
  readonly limits: ServiceLimits;
  /** Threads of the networks, one a core; 1 or more. */
  readonly threads: number;
  /** Address to listen at: 127.0.0.1 is reached from this machine alone. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** That whoever asks must know. Absent: nobody need. */
  readonly token?: string;
  /** Pictures whose features are remembered. Default 64. */
  readonly remembered?: number;
  /** A folder of the page. Default: that of this package. */
  readonly page?: string;
  /** Told of reloads and faults, a line each. */
  readonly log: (line: string) => void;
}

/** A service that listens. */
export interface RunningService {
  readonly url: string;
  readonly server: FastifyInstance;
  readonly gallery: () => ServedGallery;
  /**
   * Opens everything anew from its files. Requests go on with the old until it is there; when it cannot be opened, they
   * keep it, and the log says why.
   * @returns whether the new is served
   */
  reload(): Promise<boolean>;
  /** Takes no new requests, finishes those under way, and gives everything back. */
  stop(): Promise<void>;
}

/** Of the time that a request may wait, so much may the work on it last. */
const WORK_PER_WAIT = 2;

/** Requests worked on at a time: one a thread, and one whose body is written while the threads go on. */
const BESIDE = 1;

/**
 * Opens models and gallery and listens.
 * @throws {InputError} when the address cannot be had; as `openSources`
 */
export async function startService(options: StartOptions): Promise<RunningService> {
  const { limits, threads, host, port, token, log } = options;
  let noteLostThread = (): void => {}; // nothing is counted before there is something to serve
  const onLost = (why: string): void => {
    noteLostThread();
    log(`a thread of the networks is lost (${why}); another takes its place`);
  };
  await checkAddress({ host, port });
  const compiled = new CompiledNetworks();
  const seconds = WORK_PER_WAIT * limits.seconds;
  const settings = { threads, pixels: limits.pixels, seconds, compiled, remembered: options.remembered, onLost };
  const ending = new AbortController();
  const openAll = async (): Promise<ServedGallery> => ServedGallery.open(await options.open(ending.signal), settings);
  const lease = new GalleryLease(await openAll());
  const admission = new Admission({ running: threads + BESIDE, waiting: limits.queue, seconds: limits.seconds });
  const access = new Access(token, isLoopbackHost(host));
  const budget = new BodyBudget(bodyBytes(limits));
  const metrics = new ServiceMetrics({ admission, lease, bodyBytes: () => budget.held });
  noteLostThread = () => metrics.noteLostThread();
  let isStopping = false;
  const page = await readPageFiles(options.page);
  const parts = { lease, admission, access, budget, metrics, limits, page, log, isStopping: () => isStopping };
  const server = await buildServer(parts);
  const url = await listen(server, { host, port }).catch(async (error: unknown) => {
    await lease.close();
    throw error;
  });
  const replace = async (): Promise<boolean> => {
    const started = performance.now();
    try {
      const gallery = await openAll();
      const { items, models } = gallery;
      lease.replace(gallery).catch((cause: Error) => log(`the old gallery could not be closed: ${cause.message}`));
      metrics.noteReload("done");
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      log(`reloaded in ${seconds} s: ${items.count} items, ${models.map(({ id }) => id).join(", ")}`);
      return true;
    } catch (cause) {
      if (isStopping) return false;
      metrics.noteReload("refused");
      const why = cause instanceof Error ? cause.message : cause;
      log(`not reloaded, the old is still served: ${why}; mend this, then kill -HUP ${process.pid} again`);
      return false;
    }
  };
  let reloading: Promise<boolean> = Promise.resolve(true);
  return {
    ...{ url, server },
    gallery: () => lease.current,
    reload() {
      reloading = reloading.then(replace); // one after the other: the last sees the newest files
      return reloading;
    },
    async stop() {
      isStopping = true;
      ending.abort(new Error("the service ends"));
      const patience = setTimeout(() => server.server.closeAllConnections(), 1000 * limits.seconds);
      await server.close();
      clearTimeout(patience);
      await reloading;
      await lease.close();
      metrics.registry.clear();
    },
  };
}
