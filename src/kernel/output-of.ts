import type { Output } from "./folded-outputs.js";
import type { ToWire } from "./thread-messages.js";

/** What a cell shows. */
export type ShownMessage = Extract<ToWire, { type: "stream" | "display" | "clear" | "result" | "late" }>;

/** The Jupyter message for what a cell shows. @param count the number of the cell */
export function outputOf(message: ShownMessage, count: number): Omit<Output, "cell"> {
  switch (message.type) {
    case "stream":
      return { type: "stream", content: { name: message.name, text: message.text } };
    case "display":
      return { type: message.update ? "update_display_data" : "display_data", content: { ...message.content } };
    case "clear":
      return { type: "clear_output", content: { wait: message.wait } };
    case "result":
      return { type: "execute_result", content: { execution_count: count, ...message.value } };
    case "late":
      return { type: "error", content: { ...message.error } };
    default:
      return message satisfies never;
  }
}
