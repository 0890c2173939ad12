import type { NamedAttrMap, TensorInfo } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";

/** Kernels that slide a window, by the value that lies outside the image. */
const WINDOWED: Readonly<Record<string, number>> = {
  Conv2D: 0,
  FusedConv2D: 0,
  DepthwiseConv2dNative: 0,
  FusedDepthwiseConv2D: 0,
  MaxPool: Number.NEGATIVE_INFINITY,
};

/**
 * Teaches tfjs-node-gpu paddings given as a number of pixels (PyTorch's way), which it refuses while every other
 * backend takes them: the image is padded first, then the kernel runs with padding "valid".
 */
export function acceptNumericPadding(): void {
  const pad = tf.getKernel("PadV2", "tensorflow").kernelFunc;
  for (const [kernelName, constantValue] of Object.entries(WINDOWED)) {
    const { kernelFunc: original } = tf.getKernel(kernelName, "tensorflow");
    if (original.name === "padsFirst") continue; // taught before
    tf.unregisterKernel(kernelName, "tensorflow");
    const padsFirst: typeof original = ({ inputs, backend, attrs }) => {
      if (typeof attrs?.pad !== "number") return original({ inputs, backend, attrs });
      const around = [attrs.pad, attrs.pad];
      const padding = { paddings: [[0, 0], around, around, [0, 0]], constantValue } as unknown as NamedAttrMap;
      const padded = pad({ inputs: { x: inputs.x }, backend, attrs: padding }) as TensorInfo;
      const result = original({ inputs: { ...inputs, x: padded }, backend, attrs: { ...attrs, pad: "valid" } });
      (backend as tf.KernelBackend).disposeData(padded.dataId);
      return result;
    };
    tf.registerKernel({ kernelName, backendName: "tensorflow", kernelFunc: padsFirst });
  }
}
