// onnxruntime as everything here loads it, and the only place that does: its telemetry is turned off before. It would
// look up a host of its maker, and leave a device's identity and a queue of events in the home folder.
import "./telemetry-off.js";

export * from "onnxruntime-node";
