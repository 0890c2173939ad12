import { byId } from "./element.js";
import type { PictureReceiver } from "./picture-input.js";

/** Quality of the JPEG that a taken picture becomes, of 1. */
const QUALITY = 0.92;

/**
 * Offers the camera: on phones and tablets the system's own, elsewhere a picture of the webcam's in a dialog. Where the
 * page may use neither (no camera, an address that is not secure), the button is not shown.
 */
export async function offerCamera(receiver: PictureReceiver): Promise<void> {
  const button = byId("camera", HTMLButtonElement);
  if (matchMedia("(pointer: coarse)").matches) {
    const field = byId("photo", HTMLInputElement);
    button.addEventListener("click", () => field.click());
    field.addEventListener("change", () => {
      if (field.files?.[0] !== undefined) receiver.take(field.files[0]);
      field.value = "";
    });
    button.hidden = false;
    return;
  }
  if (!(await hasWebcam())) return;
  const dialog = new CameraDialog(receiver);
  button.addEventListener("click", () => dialog.open());
  button.hidden = false;
}

async function hasWebcam(): Promise<boolean> {
  // Absent where the page is not served securely: neither https nor this machine.
  const devices: MediaDevices | undefined = navigator.mediaDevices;
  if (devices === undefined) return false;
  try {
    return (await devices.enumerateDevices()).some(({ kind }) => kind === "videoinput");
  } catch {
    return false;
  }
}

class CameraDialog {
  private readonly dialog = byId("camera-dialog", HTMLDialogElement);
  private readonly video = byId("viewfinder", HTMLVideoElement);
  private readonly take = byId("take", HTMLButtonElement);
  private stream: MediaStream | undefined;

  constructor(private readonly receiver: PictureReceiver) {
    this.take.addEventListener("click", () => void this.takePicture());
    // However it is left, the camera goes off.
    this.dialog.addEventListener("close", () => this.stop());
  }

  async open(): Promise<void> {
    this.take.disabled = true;
    this.dialog.showModal();
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      this.stream = stream;
      if (!this.dialog.open) {
        this.stop(); // Left while the browser asked for leave.
        return;
      }
      this.video.srcObject = stream;
      await this.video.play();
      this.take.disabled = false;
      this.take.focus();
    } catch (error) {
      if (!this.dialog.open) return;
      this.dialog.close();
      this.receiver.refuse(cameraFault(error));
    }
  }

  private async takePicture(): Promise<void> {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [this.video.videoWidth, this.video.videoHeight];
    canvas.getContext("2d")?.drawImage(this.video, 0, 0);
    const blob = await new Promise<Blob | null>(resolve => canvas.toBlob(resolve, "image/jpeg", QUALITY));
    this.dialog.close();
    if (blob === null) this.receiver.refuse("The camera gave no picture. Try again, or choose a file.");
    else this.receiver.take(new File([blob], "camera.jpg", { type: "image/jpeg" }));
  }

  private stop(): void {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = undefined;
    this.video.srcObject = null;
  }
}

function cameraFault(error: unknown): string {
  const isRefused = error instanceof DOMException && error.name === "NotAllowedError";
  return isRefused
    ? "The browser does not let this page use the camera. Allow it beside the address, or choose a file."
    : "The camera could not be opened; another program may use it. Close that, or choose a file.";
}
