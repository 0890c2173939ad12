import type { ArrayWork } from "../../src/cluster/array-work.js";
import { TASK_OF_ALL } from "../../src/cluster/array-work.js";
import type { QueuedJob, SlurmClient } from "../../src/cluster/slurm-client.js";

/** Work of three tasks over 30 images, in a folder. */
export function workIn(folder: string, more: Partial<ArrayWork> = {}): ArrayWork {
  return {
    name: "extract",
    place: folder,
    folder,
    tasks: 3,
    task: ["extract", "--dataset", "it's here", "--shard", TASK_OF_ALL],
    after: { name: "merge", command: ["features", "merge", "out"], needsAll: true },
    cwd: folder,
    environment: { HASHBOOK_HOME: `${folder}/a "home"` },
    paths: [],
    needsHome: false,
    units: { name: "images", total: 30 },
    ...more,
  };
}

/** A Slurm that is asked and remembers; `queued` is what it has, by turns. */
export interface FakeSlurm extends SlurmClient {
  readonly submitted: { readonly script: string; readonly options: readonly string[] }[];
  queued: QueuedJob[];
}

export function fakeSlurm(ends: Readonly<Record<string, string>> = {}): FakeSlurm {
  const submitted: FakeSlurm["submitted"] = [];
  return {
    submitted,
    queued: [],
    async submit(script, options) {
      submitted.push({ script, options });
      return `${100 + submitted.length}`;
    },
    async queue(names) {
      return this.queued.filter(({ name }) => names.includes(name));
    },
    endOf: async (id, task) => ends[task === undefined ? id : `${id}_${task}`],
  };
}
