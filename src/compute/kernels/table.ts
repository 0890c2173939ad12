import { CONVOLUTION } from "./convolution.js";
import { CONVOLUTION_GRADIENTS } from "./convolution-gradients.js";
import { ELEMENTWISE } from "./elementwise.js";
import type { KernelTable } from "./kernel.js";
import { LINEAR } from "./linear.js";
import { SHAPING } from "./shaping.js";

/** Every tfjs kernel that can be compiled. To add one, write its row in the file it belongs to. */
export const KERNELS: KernelTable = { ...ELEMENTWISE, ...SHAPING, ...LINEAR, ...CONVOLUTION, ...CONVOLUTION_GRADIENTS };
