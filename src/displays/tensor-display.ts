import type { TypedArray } from "../core/arrays.js";
import type { Display } from "../core/display.js";
import { arrayText } from "./array-display.js";

/** What of a tensor of tfjs is looked at, whichever copy of tfjs it is of. */
interface AnyTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly size: number;
  readonly isDisposed: boolean;
  data(): Promise<TypedArray>;
}

/** Larger tensors are not fetched from where they lie. */
const FETCHED = 2 ** 24;

/** Tensors of tfjs: as arrays of their values, those of text or of complex numbers by their shape. */
export const tensorDisplay: Display<AnyTensor> = {
  name: "tensor",
  is: (value): value is AnyTensor => {
    const { dtype, shape, isDisposed, data } = (value ?? {}) as AnyTensor;
    return (
      typeof dtype === "string" && Array.isArray(shape) && typeof isDisposed === "boolean" && typeof data === "function"
    );
  },
  async mime(tensor) {
    const { dtype, shape, size, isDisposed } = tensor;
    const what = `Tensor of ${dtype}, (${shape.join(", ")})`;
    if (isDisposed) return { "text/plain": `${what}, disposed` };
    if (size > FETCHED || !["float32", "int32", "bool"].includes(dtype)) return { "text/plain": what };
    return { "text/plain": `${what}: ${arrayText({ data: await tensor.data(), shape })}` };
  },
};
