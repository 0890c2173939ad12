// The thread of `figure-thread.ts`: draws one figure after another, loading what each kind needs when it comes.
import { parentPort } from "node:worker_threads";
import type { Drawing, Drawn, FigureAnswer } from "./figure-thread.js";

let last: Promise<unknown> = Promise.resolve();

parentPort?.on("message", (text: string) => {
  const { id, ...drawing } = JSON.parse(text) as { readonly id: number } & Drawing;
  last = last.then(() => answer(id, drawing as Drawing));
});

async function answer(id: number, drawing: Drawing): Promise<void> {
  try {
    send({ id, drawn: await draw(drawing) });
  } catch (cause) {
    send({ id, fault: (cause as Error)?.message ?? String(cause) });
  }
}

function send(answer: FigureAnswer): void {
  parentPort?.postMessage(answer);
}

async function draw(drawing: Drawing): Promise<Drawn[Drawing["kind"]]> {
  switch (drawing.kind) {
    case "svg":
      return (await import("./draw-svg.js")).drawSvg(drawing.figure, drawing.options);
    case "png":
      return (await import("./draw-png.js")).drawPng(drawing.figure, drawing.options);
    case "pdf":
      return (await import("./draw-pdf.js")).drawPdf(drawing, drawing.fonts);
  }
}
