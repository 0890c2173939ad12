/** What is stored. */
export type HoldingKind =
  | "features"
  | "experiment"
  | "leftovers"
  | "scan cache"
  | "study"
  | "kept study"
  | "notebook run"
  | "dataset or weights";

/** What can be freed when it is asked for by name: it is of use to somebody, and would be made again. */
export type Prunable = "experiments" | "features" | "unfinished" | "caches";

/** All of them, and what one loses. */
export const PRUNABLES: Readonly<Record<Prunable, string>> = {
  experiments: "finished ones that no study has: a cell that needs one trains it again",
  features: "those that no study and no experiment was made with: they are extracted again",
  unfinished: "trainings and extractions that were interrupted: they begin anew",
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
