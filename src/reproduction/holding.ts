/** What is stored. */
export type HoldingKind =
  | "features"
  | "experiment"
  | "leftovers"
  | "scan cache"
  | "other cache"
  | "study"
  | "kept study"
  | "notebook run"
  | "dataset or weights";

/** What can be freed when it is asked for by name: it is of use to somebody, and would be made again. */
export type Prunable = "experiments" | "features" | "unfinished" | "older" | "caches";

/** All of them, and what one loses. */
export const PRUNABLES: Readonly<Record<Prunable, string>> = {
  experiments: "finished ones that no study of this home has: a cell that needs one trains it again",
  features: "those that no study and no experiment of this home was made with: they are extracted again",
  unfinished: "trainings and extractions that were interrupted: they begin anew",
  older: "experiments of an earlier version, which a checkout of it still reads, and this one computes anew",
  caches: "what folders of pictures held when they were last walked: they are walked again",
};

/** A folder, or files, that are stored. */
export interface Holding {
  readonly kind: HoldingKind;
  readonly path: string;
  readonly bytes: number;
  /** When the newest of its files was changed, ms since 1970. */
  readonly changed: number;
  /** Who needs it: "kept" is never freed, "nobody" always, the others when they are asked for. */
  readonly use: "kept" | "nobody" | Prunable;
  /** Why, as a sentence without its end: "study toy has 4 runs of it". */
  readonly reason: string;
  /** Files that are meant, where it is not the whole folder. */
  readonly files?: readonly string[];
}
