// What a method of hashing is: a value. Ours and one's own are found, trained, stored and drawn alike.
import type { Scalar, Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import type { Engine, Tensors } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import type { OptionsSchema } from "../core/options.js";
import type { Random } from "../core/random.js";

/** Named arrays of a method. */
export type MethodArrays = Readonly<Record<string, NdArray<Float32Array>>>;

/** The sizes that a training has. */
export interface MethodShape {
  /** Bits of the codes: the width of the hash layer. */
  readonly bits: number;
  /** Classes of the training rows. */
  readonly classes: number;
  /** Length of a feature. */
  readonly inputDim: number;
}

/** What a loss is told of a batch beside its codes. Tensors are made when they are asked for. */
export interface Batch extends MethodShape {
  /** Items, 2 or more. */
  readonly size: number;
  /** How the items were chosen; of "pairs", the second half are the partners of the first. */
  readonly kind: "uniform" | "balanced" | "pairs";
  /** Class numbers (batch), int32, from 0 to classes − 1; or multi-hot (batch, classes). */
  readonly labels: Tensor1D | Tensor2D;
  /** 1 where an item has a class, else 0, (batch, classes). */
  readonly oneHot: Tensor2D;
  /** 1 where two items share a class, else 0, (batch, batch); 1 on the diagonal unless an item has no class. */
  readonly similar: Tensor2D;
  /** The hash layer's output before normalisation and activation, (batch, bits): of a neck, what goes into it. */
  readonly z: Tensor2D;
  /** Rows of the feature matrix, (batch), int32. */
  readonly rows: Tensor1D;
  /** What {@link TrainedMethod.constants} gave, by name. */
  readonly constants: Tensors;
  /** What {@link TrainedMethod.parameters} gave, as trained so far, by name. */
  readonly parameters: Tensors;
}

/** Where in a training a step is. */
export interface StepPlace {
  /** From 0; `steps` for the head that is left after the last one. */
  readonly step: number;
  readonly steps: number;
  readonly stepsPerEpoch: number;
}

/** Settings of a published code: of the training, and of the method's own options. */
export interface Preset {
  /** Where the numbers are read. */
  readonly source: string;
  /** Fields of `TrainConfig` that differ from the defaults; `options` holds the method's own. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** An option that does not go with the others. */
export interface OptionConflict {
  readonly option: string;
  /** What it may be beside them, in words that follow "expected". */
  readonly expected: string;
}

/** What all methods have. */
export interface MethodBase<Options> {
  /** In configs, files and on the command line: small letters, digits and dashes. */
  readonly name: string;
  /** In tables and legends. */
  readonly title: string;
  /** `#RRGGBB` in figures. Default: the palette's next. */
  readonly colour?: string;
  /** Paper and equation. */
  readonly source: string;
  /** Types, defaults, bounds and help of its options, checked wherever options come from. */
  readonly options: OptionsSchema<Options>;
  /** Which option does not go with the others, though each is within its own bounds. Default: all go together. */
  conflict?(options: Options): OptionConflict | undefined;
  /** Settings of published codes, by name. */
  readonly presets?: Readonly<Record<string, Preset>>;
  /** "codes": the signs of the output are hash codes. "embedding": the output itself is ranked, by cosine. Default "codes". */
  readonly output?: "codes" | "embedding";
}

/** A head trained by a loss. */
export interface TrainedMethod<Options> extends MethodBase<Options> {
  readonly kind: "trained";
  /**
   * What the train rows must hold, or a training is refused: "pairs" that share a class and pairs that share none;
   * "classes", two or more; "features" alone, for a loss that reads no labels. Default "classes".
   */
  readonly learnsFrom?: "pairs" | "classes" | "features";
  /** Of the hash layer's output z: relaxed codes are tanh(β·z), or z itself. Default "tanh". */
  readonly activation?: "tanh" | "none";
  /** β of tanh(β·z) at a step, above 0. Default 1 throughout. */
  sharpness?(at: StepPlace, options: Options): number;
  /** Arrays that stay as they are, for example hash centres; the loss finds them in `batch.constants`. */
  constants?(shape: MethodShape, options: Options, random: Random): MethodArrays;
  /** First values of what is trained beside the head, for example a classifier; found in `batch.parameters`. */
  parameters?(shape: MethodShape, options: Options, random: Random): MethodArrays;
  /** Normalisation of z before the activation, see {@link Normalisation}. */
  readonly normalise?: Normalisation<Options>;
  /**
   * The loss of one batch, a pure tfjs function.
   * @param codes relaxed codes, (batch, bits)
   */
  loss(codes: Tensor2D, batch: Batch, options: Options): Scalar;
}

/** A batch-normalised hash layer. In use it must be an affine map of each bit, so that it can be folded into the layer. */
export interface Normalisation<Options> {
  /** First values of what is trained (scale, shift). Default: nothing. */
  parameters?(shape: MethodShape, options: Options): MethodArrays;
  /** First values of what runs along without gradient (mean, variance). */
  state(shape: MethodShape, options: Options): MethodArrays;
  /**
   * The normalised z, and the state after this batch.
   * @param z output of the hash layer, (batch, bits)
   * @param tensors parameters and state by their names, which must differ
   * @param training true: by the statistics of the batch, and gives the next state; false: by the state
   */
  apply(z: Tensor2D, tensors: Tensors, training: boolean, options: Options): { z: Tensor2D; state: Tensors };
}

/** What a fit may use. */
export interface FitContext<Options> {
  /** Bits of the codes, 1 or more. */
  readonly bits: number;
  readonly options: Options;
  readonly random: Random;
  /** For large products. */
  readonly engine: Engine;
  /** Class numbers (n) from 0 to classes − 1 for a method that learns from classes; for others all −1. */
  readonly labels: Int32Array;
  /** Classes of these rows, 2 or more; 0 for a method that learns from features alone. */
  readonly classes: number;
}

/** Codes without a loss: something is computed of the features once, and used to encode. */
export interface FittedMethod<Options> extends MethodBase<Options> {
  readonly kind: "fitted";
  /** What it reads of the train rows: "features" alone, or "classes" too, one an item and two or more. Default "features". */
  readonly learnsFrom?: "features" | "classes";
  /** Bits of its codes, where the number of classes decides them: others are refused. Default: as many as asked for. */
  readonly bitsOf?: (classes: number) => number;
  /**
   * @param features of the train rows, (n, dim)
   * @returns what `encode` needs
   */
  fit(features: NdArray<Float32Array>, context: FitContext<Options>): MethodArrays | Promise<MethodArrays>;
  /**
   * A pure tfjs function, so that it compiles and exports.
   * @param features (batch, dim)
   * @returns (batch, bits), whose signs are the codes
   */
  encode(features: Tensor2D, fitted: Tensors): Tensor2D;
}

/** Options of any method: each is called with its own, which were checked against its declaration. */
// biome-ignore lint/suspicious/noExplicitAny: a list of methods holds options of all kinds
export type AnyOptions = any;

/** A way to make codes. */
export type Method<Options = AnyOptions> = TrainedMethod<Options> | FittedMethod<Options>;
