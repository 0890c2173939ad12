// Pushes codes in a process of its own that kills itself while rows are under way:
// node push-killed.mjs CODES ADDRESS ROWS OPTIONS, where ROWS are there at least and OPTIONS are JSON
import { pushGallery } from "../../lib/galleries/push-gallery.js";

const [codes, address, rows, options] = process.argv.slice(2);
let isEnding = false;
await pushGallery(codes, address, {
  ...JSON.parse(options),
  onProgress({ task, done }) {
    if (task !== "pushing codes" || done < Number(rows) || isEnding) return;
    isEnding = true;
    setTimeout(() => process.kill(process.pid, "SIGKILL"), 20); // the next rows are then on their way
  },
});
