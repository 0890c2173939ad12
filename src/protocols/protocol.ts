import type { Unlabelled } from "../core/unlabelled.js";
import type { Split } from "../datasets/roles.js";
import type { Labelled } from "../datasets/split.js";
import type { PreprocessingSettings } from "../images/preprocessing-settings.js";
import type { ConventionName } from "../metrics/published.js";
import type { PublishedFigure } from "./published-figure.js";

/** How many rows each role has, and how many classes there are. */
export interface ProtocolCounts {
  readonly query: number;
  readonly train: number;
  /** Absent: not known, for the list was not at hand. */
  readonly database?: number;
  readonly classes: number;
}

/** Lists that go under the same name and are others. */
export interface ProtocolVariant {
  /** Whose they are, and what is otherwise. */
  readonly title: string;
  readonly counts: ProtocolCounts;
  /** Queries without a label, where that tells lists of equal length apart. */
  readonly unlabelledQueries?: number;
}

/** How a rule is drawn. */
export interface RuleOptions {
  /** Default 0. */
  seed?: number;
  /** All counts times this, rounded, at least 1: a small draw of the same rule. Above 0, at most 1. Default 1. */
  scale?: number;
}

/** A rule that lists are drawn by, where the published code draws them anew for everybody. */
export interface ProtocolRule {
  /** In words, with its numbers and the code it is of. */
  readonly text: string;
  /** What it draws from, in words: "all 60,000 images of CIFAR-10". */
  readonly from: string;
  /**
   * @param dataset all images, with labels
   * @throws {InputError} when there are too few images, or labels of the wrong kind
   */
  draw(dataset: Labelled, options?: RuleOptions): Split;
}

/** What a protocol of the field is: which rows do what, how images are made, and how the figures of its papers were. */
export interface Protocol {
  readonly name: string;
  readonly title: string;
  /** Repository or paper of the lists, or of the rule. */
  readonly source: string;
  readonly expected: ProtocolCounts;
  /** Queries among the lists that carry no label, where the lists were counted. Default: none. */
  readonly unlabelledQueries?: number;
  /** Whether the queries stand in the database too, as published; absent: not known, for a list was not at hand. */
  readonly queriesInDatabase?: boolean;
  /** Whether train rows are part of the database, as published; absent: not known, for a list was not at hand. */
  readonly trainInDatabase?: boolean;
  /** Lists of the same name that differ. */
  readonly variants?: readonly ProtocolVariant[];
  /** The R of mAP@R; absent: the whole database. */
  readonly cutoff?: number;
  /** What its papers' figures were made with. */
  readonly convention: ConventionName;
  /** What that code does with rows without a label. */
  readonly unlabelled: Unlabelled;
  /** How its code makes an image a square. Size, mean and deviation are the network's own. */
  readonly preprocessing: PreprocessingSettings;
  /** What misleads, in sentences with numbers. */
  readonly traps: readonly string[];
  readonly published: readonly PublishedFigure[];
  /** Absent: its lists have to be had. */
  readonly rule?: ProtocolRule;
}

/** Resize(256) and CenterCrop(224), as torchvision's examples have it. */
export const RESIZE_AND_CROP: PreprocessingSettings = { cropShare: 0.875, cropMode: "center" };

/** thuml's `ResizeImage(256)` makes both sides 256, whatever the proportions, and crops 224 from the middle. */
export const SQUASH_AND_CROP: PreprocessingSettings = { cropShare: 0.875, cropMode: "squash" };

/** The whole image, resized to the network's side. */
export const RESIZE_ONLY: PreprocessingSettings = { cropShare: 1, cropMode: "center" };
