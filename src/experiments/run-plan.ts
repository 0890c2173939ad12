import type { Backbone } from "../backbone/backbone.js";
import { foldsLike } from "../challenge/product-folds.js";
import type { Engine } from "../compute/program.js";
import type { Abortable } from "../core/abort.js";
import { availableCores } from "../core/cores.js";
import { InputError } from "../core/errors.js";
import { bytesText } from "../core/size-text.js";
import type { Dataset } from "../datasets/dataset.js";
import { digixRoles } from "../datasets/digix.js";
import type { DigixArchive } from "../datasets/unpack-digix.js";
import { packedDigix, unpackDigix } from "../datasets/unpack-digix.js";
import { extractToFolder } from "../features/extract.js";
import { backboneBy } from "../features/extract-by-settings.js";
import type { FeatureSettings, JoinedFeatures } from "../features/feature-settings.js";
import type { ChallengeParts, PartsOptions } from "./challenge-parts.js";
import { openParts } from "./challenge-parts.js";
import type { ChallengeRunOptions } from "./challenge-run.js";
import { usualCandidates } from "./default-candidates.js";
import type { MakeFeatures } from "./measure-speed.js";
import { machineRoom, measureSpeed } from "./measure-speed.js";
import type { MachineRoom, RunEstimate } from "./run-estimate.js";
import { estimateLines, estimateRun, shortageOf } from "./run-estimate.js";

/** What a run would do, and what it takes here. */
export interface RunPlan {
  /** Archives that are unpacked first; sizes are known before, but not how many images. */
  readonly archives: readonly DigixArchive[];
  /** Absent: all of it is in archives yet. */
  readonly parts?: ChallengeParts;
  /** Absent where there are no parts yet. */
  readonly estimate?: RunEstimate;
  readonly room: MachineRoom;
  readonly shortage: { readonly disk?: string; readonly memory?: string };
  readonly notes: readonly string[];
}

/** Settings of {@link planRun}. */
export interface PlanOptions extends PartsOptions, Omit<ChallengeRunOptions, "onProgress"> {
  /** Whether archives are unpacked, without which nothing of them can be planned. */
  readonly unpacks: boolean;
}

/**
 * Looks at a folder of DIGIX, unpacks what is to be, and estimates what a run takes on this machine by doing a little of it.
 * @throws {InputError} when the folder is not what it must be
 */
export async function planRun(root: string, options: PlanOptions): Promise<RunPlan> {
  const { unpacks, out, onProgress, signal } = options;
  const archives = await packedDigix(root);
  const room = await machineRoom(out);
  if (archives.length > 0 && !unpacks) return planOfArchives(root, archives, { ...options, room });
  for (const archive of archives) await unpackDigix(archive, { onProgress, signal });
  return { ...(await planOfParts(await openParts(root, options), { ...options, room })), archives };
}

/** What can be said while some of it is packed. */
async function planOfArchives(
  root: string,
  archives: readonly DigixArchive[],
  options: PlanOptions & { readonly room: MachineRoom },
): Promise<RunPlan> {
  const parts = await openParts(root, options).catch((error: Error) => {
    if (error instanceof InputError) return undefined;
    throw error;
  });
  const some = parts === undefined ? undefined : await planOfParts(parts, options);
  const bytes = archives.reduce((sum, one) => sum + one.bytes, 0);
  const { disk } = options.room;
  const tooFull =
    disk < bytes ? { disk: `${bytesText(bytes)} are to be unpacked, and ${bytesText(disk)} are there` } : {};
  const { notes = [], ...rest } = some ?? { room: options.room };
  return { ...rest, room: options.room, archives, notes, shortage: { ...some?.shortage, ...tooFull } };
}

async function planOfParts(
  parts: ChallengeParts,
  options: PlanOptions & { readonly room: MachineRoom },
): Promise<Omit<RunPlan, "archives">> {
  const { engine, room, duplicates, choose, signal } = options;
  const { candidates = usualCandidates(parts.labelled.labels) } = options;
  const makers: Record<string, MakeFeatures> = {};
  for (const [name, settings] of Object.entries(options.features)) {
    makers[name] = await makerOf(settings, { engine, learnFrom: parts.labelled, signal });
  }
  const finds = duplicates.kind === "find";
  const workers = choose.workers ?? availableCores();
  const speed = await measureSpeed(parts.labelled, {
    ...{ engine, candidates, features: makers, workers, duplicates: finds },
  });
  const tests = parts.tests.map(({ dataset }) => {
    const { query, gallery } = digixRoles(dataset);
    return [dataset.name, { queries: query.length, gallery: gallery.length }] as const;
  });
  const of = choose.of ?? foldsLike(parts.labelled.labels, parts.tests[0].dataset.labels);
  const size = { labelled: parts.labelled.ids.length, tests: Object.fromEntries(tests), candidates, duplicates: finds };
  const folds = { folds: of * (choose.repeats ?? 1), heldOut: 1 / of, workers };
  const estimate = estimateRun({ ...size, ...folds }, speed);
  return { parts, estimate, room, shortage: shortageOf(estimate, room), notes: parts.notes };
}

/** Makes features of few images, the networks opened before: one after the other where they are joined. */
async function makerOf(
  settings: FeatureSettings | JoinedFeatures,
  options: Abortable & { readonly engine: Engine; readonly learnFrom: Dataset },
): Promise<MakeFeatures> {
  const parts = "join" in settings ? settings.join.map(({ features }) => features) : [settings];
  const backbones: Backbone[] = [];
  // A pooling that is to be learned takes as long as one that is known.
  const isLearned = (pool: FeatureSettings["pool"]): boolean => pool === "learned";
  for (const one of parts) {
    backbones.push(await backboneBy(isLearned(one.pool) ? { ...one, pool: { gem: 3 } } : one, options));
  }
  return async (dataset, { folder }) => {
    let dim = 0;
    for (const [i, backbone] of backbones.entries()) {
      const { engine, signal } = options;
      const { manifest } = await extractToFolder(dataset, backbone, { engine, signal, folder: `${folder}-${i}` });
      dim += manifest.shape[1];
    }
    return dim;
  };
}

/** The plan for people. */
export function planLines({ archives, estimate, room, shortage, notes }: RunPlan): string[] {
  const packed = archives.map(({ file, bytes }) => `to be unpacked: ${file}, ${bytesText(bytes)}`);
  const times =
    estimate === undefined
      ? ["what is packed is not counted: the plan comes when it is unpacked"]
      : [
          "estimated on this machine, what is there from an earlier run not taken off:",
          ...estimateLines(estimate, room),
        ];
  const short = Object.values(shortage).map(sentence => `not enough: ${sentence}`);
  return [...notes, ...packed, ...times, ...short];
}
