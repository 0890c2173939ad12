/**
 * The images of test/goldens/backbone-efficientnet-lite0.npy, normalised by (pixel − 127) / 128: (2, 224, 224, 3).
 * The same formula as `pixels` in tools/make-backbone-goldens.py.
 */
export function goldenPixels(): { data: Float32Array; shape: [number, number, number, number]; sum: number } {
  const side = 224;
  const data = new Float32Array(2 * side * side * 3);
  let at = 0;
  let sum = 0;
  for (let n = 0; n < 2; n++) {
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        for (let c = 0; c < 3; c++) {
          const blocks = ((Math.floor(y / (28 + 4 * n)) * 5 + Math.floor(x / 32) * 3 + c * 7) % 11) * 20;
          const gradient = Math.floor((x * (c + 1) + y * (n + 2)) / 16);
          const noise = (x * 7919 + y * 104729 + c * 1299709 + n * 15485863) % 23;
          const pixel = (blocks + gradient + noise) % 256;
          sum += pixel;
          data[at++] = (pixel - 127) / 128;
        }
      }
    }
  }
  return { data, shape: [2, side, side, 3], sum };
}
