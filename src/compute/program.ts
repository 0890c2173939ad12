import type { Tensor } from "@tensorflow/tfjs";
import type { NdArray, TypedArray } from "../core/arrays.js";
import { sizeOf } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { CompiledModel } from "./compile.js";
import type { TensorSpec } from "./graph.js";
import type { Quantization } from "./quantization.js";

/** What a tensor's values are held in. */
export type FloatOrInt = Float32Array | Int32Array;
/** Arrays by their names. */
export type Arrays = Readonly<Record<string, NdArray<FloatOrInt>>>;
/** Values of a program's inputs by name, row-major. */
export type Inputs = Readonly<Record<string, FloatOrInt>>;
/** Tensors by their names. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** A computation written in tfjs, with what it works on sorted by how long that lives. All names must differ. */
export interface ProgramDefinition {
  /** Per call: shapes and types of what {@link Program.run} is given. */
  readonly inputs?: Readonly<Record<string, TensorSpec>>;
  /** For ever, and part of the program (frozen weights): an engine may fold, pack or upload them. */
  readonly constants?: Arrays;
  /** For ever, but large (a feature matrix): read in place, never copied by a CPU engine. */
  readonly resident?: Arrays;
  /** Changed by each call (trained weights, moments): `body` returns the next value of each under the same name. */
  readonly state?: Readonly<Record<string, NdArray<Float32Array>>>;
  /** Pure function of all of the above by name. It returns the outputs and the next state. */
  readonly body: (tensors: Tensors) => Tensors;
  /**
   * The body as `compileDefinition` compiled it before. A compiled engine then does not look at the body, which cannot
   * be sent to another process. Default: compiled when it is prepared.
   */
  readonly compiled?: CompiledModel;
  /** Computes in 8-bit integers within these ranges. Default: in 32-bit floats. */
  readonly quantization?: Quantization;
  /**
   * Whether others work while it is called, as decoders do beside a network: threads that wait for one another then sleep
   * and leave the cores to them, where they would spin. A call with the machine to itself may take a little longer. Default
   * false.
   */
  readonly sharesCores?: boolean;
}

/** A definition made ready by an engine. */
export interface Program {
  /**
   * Runs the computation once and moves the state on; not when the cell it belongs to was interrupted.
   * @param inputs values in row-major order for each of the definition's inputs
   * @returns the outputs that are not state; fresh arrays
   */
  run(inputs: Inputs): Promise<Record<string, NdArray<Float32Array>>>;
  /** {@link runSteps} in one call, where the engine can. */
  runSteps?(steps: readonly Inputs[]): Promise<Record<string, NdArray<Float32Array>>[]>;
  /** The state as it is now. Steps that follow leave it as it is; nobody else may write to it: the next step begins from it. */
  readState(): Promise<Record<string, NdArray<Float32Array>>>;
  /** Gives memory back. The program cannot run afterwards. */
  dispose(): Promise<void>;
}

/**
 * Runs a program for each of the inputs in turn, in one call of the engine where it can: what a call costs, and on a
 * compiled engine the copy of the state, is then paid once. The results are those of {@link Program.run}, to the bit.
 * @returns the outputs of each
 */
export async function runSteps(
  program: Program,
  steps: readonly Inputs[],
): Promise<Record<string, NdArray<Float32Array>>[]> {
  if (program.runSteps !== undefined) return program.runSteps(steps);
  const outputs: Record<string, NdArray<Float32Array>>[] = [];
  for (const inputs of steps) outputs.push(await program.run(inputs));
  return outputs;
}

/** Where and how programs run. */
export interface Engine {
  readonly name: string;
  /** `compiled`: one ONNX graph on onnxruntime. `eager`: tfjs operation by operation. */
  readonly kind: "compiled" | "eager";
  /** One line for people: library, version, device. */
  readonly description: string;
  /** Why it was taken, where `chooseEngine` took it: `asked for`, `no GPU engine: …`. */
  readonly reason?: string;
  /** @throws {EngineError} when the body cannot be compiled or fails on this engine */
  prepare(definition: ProgramDefinition): Promise<Program>;
}

/**
 * Checks what `run` is given against the definition.
 * @throws {InputError} naming the input that is missing, of the wrong type or of the wrong size
 */
export function checkInputs(
  specs: Readonly<Record<string, TensorSpec>>,
  inputs: Readonly<Record<string, TypedArray>>,
): void {
  for (const [name, { shape, dtype }] of Object.entries(specs)) {
    const data = inputs[name];
    const right = dtype === "float32" ? data instanceof Float32Array : data instanceof Int32Array;
    if (!right || data.length !== sizeOf(shape)) {
      throw new InputError(`input "${name}" does not fit the program`, {
        expected: `${sizeOf(shape)} values of ${dtype} for shape (${shape.join(", ")})`,
        actual: data === undefined ? "nothing" : `${data.length} values in a ${data.constructor.name}`,
      });
    }
  }
}

/** The type that values have in a program. */
export function specOf({ data, shape }: NdArray<FloatOrInt>): TensorSpec {
  return { shape, dtype: data instanceof Float32Array ? "float32" : "int32" };
}
