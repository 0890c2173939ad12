import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Admission } from "./admission.js";
import type { GalleryLease } from "./gallery-lease.js";

/** Steps of a search that are timed. */
export const STAGES = ["wait", "decode", "network", "head", "rank"] as const;
export type Stage = (typeof STAGES)[number];

/** Seconds from a millisecond to half a minute. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What is watched: by the places that it is read from when it is asked for. */
export interface WatchedService {
  readonly admission: Admission;
  readonly lease: GalleryLease;
  /** Bytes of bodies that are held. */
  bodyBytes(): number;
}

/** What the service counts, for Prometheus. */
export class ServiceMetrics {
  readonly registry: Registry = new Registry();
  private readonly requests: Counter<"route" | "status">;
  private readonly seconds: Histogram<"route">;
  private readonly stages: Histogram<"stage">;
  private readonly reloads: Counter<"result">;
  private readonly threads: Counter;

  constructor({ admission, lease, bodyBytes }: WatchedService) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.requests = new Counter({
      name: "hashbook_requests_total",
      help: "Requests answered, by route and status",
      labelNames: ["route", "status"],
      registers,
    });
    this.seconds = new Histogram({
      name: "hashbook_request_seconds",
      help: "Seconds from a request's headers to the end of its answer",
      labelNames: ["route"],
      buckets: BUCKETS,
      registers,
    });
    this.stages = new Histogram({
      name: "hashbook_search_stage_seconds",
      help: "Seconds of the stages of a search: waiting, decoding, network, head, ranking",
      labelNames: ["stage"],
      buckets: BUCKETS,
      registers,
    });
    this.reloads = new Counter({
      name: "hashbook_reloads_total",
      help: "Reloads of models and gallery: done, or refused and the old ones kept",
      labelNames: ["result"],
      registers,
    });
    this.threads = new Counter({
      name: "hashbook_threads_lost_total",
      help: "Threads of networks that ended, or were given up with a picture that took too long, and were replaced",
      registers,
    });
    const gauge = (name: string, help: string, value: () => number): void => {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(value());
        },
      });
    };
    gauge("hashbook_searches_running", "Searches that are worked on", () => admission.running);
    gauge("hashbook_searches_waiting", "Searches that wait for their turn", () => admission.waiting);
    gauge("hashbook_body_bytes", "Bytes of request bodies held", bodyBytes);
    gauge("hashbook_gallery_items", "Items of the gallery", () => lease.current.items.count);
    gauge(
      "hashbook_pictures_remembered",
      "Times that a picture came again and was not computed again since the last reload",
      () => lease.current.remembered,
    );
  }

  /** Counts an answered request. @param route its pattern, never its address: addresses are without end */
  noteAnswer(route: string, status: number, seconds: number): void {
    this.requests.inc({ route, status: String(status) });
    this.seconds.observe({ route }, seconds);
  }

  noteStages(seconds: Readonly<Partial<Record<Stage, number>>>): void {
    for (const stage of STAGES) {
      const value = seconds[stage];
      if (value !== undefined) this.stages.observe({ stage }, value);
    }
  }

  noteReload(result: "done" | "refused"): void {
    this.reloads.inc({ result });
  }

  noteLostThread(): void {
    this.threads.inc();
  }
}
