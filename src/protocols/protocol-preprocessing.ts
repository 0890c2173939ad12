import type { PreprocessingSettings } from "../images/preprocessing-settings.js";
import { findProtocol } from "./known-protocols.js";

const MODES = { center: "its middle cut out", squash: "squashed to a square, its middle cut out" } as const;

/** How a protocol has images made squares, where they are not told to be made otherwise. */
export interface ProtocolPreprocessing {
  readonly settings: PreprocessingSettings;
  /** What came from the protocol, a sentence; absent: nothing did. */
  readonly assumption?: string;
}

/**
 * The settings that images of a dataset are preprocessed with: those given, and the protocol's for what they do not say.
 * @param dataset name of a protocol, or of anything else
 */
export function protocolPreprocessing(dataset: string, given: PreprocessingSettings): ProtocolPreprocessing {
  const protocol = findProtocol(dataset);
  if (protocol === undefined) return { settings: given };
  const { cropShare, cropMode } = protocol.preprocessing;
  const settings = { ...protocol.preprocessing, ...given };
  if (given.cropShare !== undefined && given.cropMode !== undefined) return { settings };
  const whole = cropShare === 1;
  const how = whole ? "resized whole, nothing cut off" : `${MODES[cropMode ?? "center"]}, ${cropShare} of its side`;
  return { settings, assumption: `the image ${how}: as protocol ${dataset} has it (--crop-share, --crop-mode)` };
}
