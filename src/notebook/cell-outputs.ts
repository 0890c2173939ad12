import { errorIn } from "./cell-request.js";
import type { JupyterMessage } from "./jupyter-message.js";
import { type CellOutput, type ErrorOutput, joinedText, type MimeBundle, splitText } from "./nbformat.js";

/** A piece of what a stream carried, as it came. */
interface Piece {
  name: "stdout" | "stderr";
  text: string;
}
type Item = { piece: Piece } | { output: CellOutput; displayId?: string };

const eraseLine = "\u001b[2K";
const eraseRest = "\u001b[K";

/** Text as a terminal shows it in the end: after `\r` a line is written over from its start. */
export function foldCarriageReturns(text: string): string {
  if (!text.includes("\r")) return text;
  const foldLine = (line: string): string => {
    let shown = "";
    for (const part of line.replace(/\r$/, "").split("\r")) {
      if (part.startsWith(eraseLine)) shown = part.slice(eraseLine.length);
      else if (part.startsWith(eraseRest)) shown = part.slice(eraseRest.length);
      else shown = part + shown.slice(part.length);
    }
    return shown.replaceAll(eraseRest, "");
  };
  return text.split("\n").map(foldLine).join("\n");
}

function isJson(type: string): boolean {
  return type === "application/json" || type.endsWith("+json");
}

/** Data as notebook files hold it: text as lines, base64 on one line, JSON as it is. */
function filedData(data: MimeBundle): MimeBundle {
  return Object.fromEntries(
    Object.entries(data).map(([type, value]) => {
      if (isJson(type) || typeof value !== "string") return [type, value];
      const text = type.startsWith("text/") || type === "image/svg+xml" || type === "application/javascript";
      return [type, text ? splitText(value) : value];
    }),
  );
}

function isEmpty(data: MimeBundle): boolean {
  return Object.values(data).every(value => value === "" || (Array.isArray(value) && value.length === 0));
}

/** Puts the outputs of one cell together from its messages, as Jupyter's own clients do. */
export class CellOutputs {
  private items: Item[] = [];
  private clearBeforeNext = false;

  /** Takes a message of the cell. Returns text to show to someone who watches, if there is any. */
  take({ header, content }: JupyterMessage): string | undefined {
    if (header.msg_type === "stream") {
      const piece = content as unknown as Piece;
      this.add({ piece });
      return piece.text;
    }
    if (header.msg_type === "clear_output") {
      if (content.wait) this.clearBeforeNext = true;
      else this.items = [];
      return undefined;
    }
    if (header.msg_type === "error") {
      this.add({ output: { output_type: "error", ...errorIn(content) } });
      return undefined;
    }
    const data = (content.data ?? {}) as MimeBundle;
    const metadata = (content.metadata ?? {}) as Record<string, unknown>;
    const displayId = (content.transient as { display_id?: string } | undefined)?.display_id;
    if (header.msg_type === "execute_result") {
      const execution_count = content.execution_count as number | null;
      this.add({ output: { output_type: "execute_result", data: filedData(data), metadata, execution_count } });
    } else if (header.msg_type === "display_data") {
      const output: CellOutput = { output_type: "display_data", data: filedData(data), metadata };
      this.add(displayId === undefined ? { output } : { output, displayId });
    } else {
      return undefined;
    }
    return watchedText(data);
  }

  /** Replaces the data of every display of that id. Returns whether there was one. */
  update(displayId: string, data: MimeBundle, metadata: Record<string, unknown>): boolean {
    let found = false;
    this.items = this.items.map(item => {
      if (!("output" in item) || item.displayId !== displayId) return item;
      found = true;
      return { ...item, output: { output_type: "display_data", data: filedData(data), metadata } };
    });
    return found;
  }

  /** Adds an error of the runner itself, for example a time-out. */
  failWith(ename: string, evalue: string): ErrorOutput {
    const output: ErrorOutput = { output_type: "error", ename, evalue, traceback: [`${ename}: ${evalue}`] };
    this.items.push({ output });
    return output;
  }

  /** The outputs so far: neighbouring texts of a stream joined and folded, displays that became empty left out. */
  outputs(): CellOutput[] {
    const outputs: CellOutput[] = [];
    for (const item of this.items) {
      const last = outputs.at(-1);
      if ("output" in item) {
        const { output } = item;
        if (!("data" in output) || !isEmpty(output.data)) outputs.push(output);
      } else if (last?.output_type === "stream" && last.name === item.piece.name) {
        last.text = joinedText(last.text) + item.piece.text;
      } else {
        outputs.push({ output_type: "stream", name: item.piece.name, text: item.piece.text });
      }
    }
    return outputs.flatMap(output => {
      if (output.output_type !== "stream") return output;
      const text = foldCarriageReturns(joinedText(output.text));
      return text === "" ? [] : { ...output, text: splitText(text) };
    });
  }

  private add(item: Item): void {
    if (this.clearBeforeNext) this.items = [];
    this.clearBeforeNext = false;
    this.items.push(item);
  }
}

/** The plain text of a display, for someone who watches a run. */
export function watchedText(data: MimeBundle): string | undefined {
  const text = data["text/plain"];
  return typeof text === "string" && text !== "" ? `${text}\n` : undefined;
}
