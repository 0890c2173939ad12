// The ways a picture comes in without the camera: a file, drag and drop anywhere on the page, the clipboard.
import { byId } from "./element.js";

/** Where pictures go, and words about what was no picture. */
export interface PictureReceiver {
  take(picture: File): void;
  refuse(why: string): void;
}

/** Opens all of them. @param formats that the service reads: "jpeg", "png", … */
export function offerInputs(receiver: PictureReceiver, formats: readonly string[]): void {
  offerFile(receiver, formats);
  offerDrop(receiver);
  offerPaste(receiver);
}

function offerFile(receiver: PictureReceiver, formats: readonly string[]): void {
  const field = byId("file", HTMLInputElement);
  field.accept = formats.map(format => `image/${format}`).join(",");
  byId("choose", HTMLButtonElement).addEventListener("click", () => field.click());
  field.addEventListener("change", () => {
    takeFirst(receiver, field.files);
    field.value = ""; // The same file chosen again is a change as well.
  });
}

function offerDrop(receiver: PictureReceiver): void {
  const sign = byId("drop", HTMLElement);
  const holdsFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
  // Entering a child comes before leaving its parent: what is counted are elements entered and not left.
  let inside = 0;
  const show = (depth: number): void => {
    inside = Math.max(0, depth);
    sign.hidden = inside === 0;
  };
  addEventListener("dragenter", event => holdsFiles(event) && show(inside + 1));
  addEventListener("dragleave", event => holdsFiles(event) && show(inside - 1));
  addEventListener("dragover", event => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    if (event.dataTransfer !== null) event.dataTransfer.dropEffect = "copy";
  });
  addEventListener("drop", event => {
    show(0);
    if (!holdsFiles(event)) return;
    event.preventDefault();
    takeFirst(receiver, event.dataTransfer?.files);
  });
  refuseLinks(receiver, event => !holdsFiles(event));
}

/** A link that is dropped would have the browser leave the page. */
function refuseLinks(receiver: PictureReceiver, isNoFile: (event: DragEvent) => boolean): void {
  let isOurs = false;
  addEventListener("dragstart", () => {
    isOurs = true;
  });
  addEventListener("dragend", () => {
    isOurs = false;
  });
  const isStrange = (event: DragEvent): boolean =>
    !isOurs && isNoFile(event) && (event.dataTransfer?.types.includes("text/uri-list") ?? false);
  addEventListener("dragover", event => isStrange(event) && event.preventDefault());
  addEventListener("drop", event => {
    if (!isStrange(event)) return;
    event.preventDefault();
    receiver.refuse("This is a link, no picture. Copy the picture itself and paste it, or save it and drop the file.");
  });
}

function offerPaste(receiver: PictureReceiver): void {
  addEventListener("paste", event => {
    const files = event.clipboardData?.files;
    if (files !== undefined && files.length > 0) {
      event.preventDefault();
      takeFirst(receiver, files);
      return;
    }
    if (event.target instanceof HTMLInputElement) return; // words into a field
    receiver.refuse("The clipboard holds no picture. Copy a picture itself, not its address or its file's name.");
  });
}

/** Of several files, the first that may be a picture. */
function takeFirst(receiver: PictureReceiver, files: FileList | null | undefined): void {
  if (files === null || files === undefined || files.length === 0) return;
  const picture = Array.from(files).find(({ type }) => type.startsWith("image/")) ?? files[0];
  receiver.take(picture);
}
