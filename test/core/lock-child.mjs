// Works under a lock, in a process of its own: node lock-child.mjs LOCK hold | count FILE TIMES
import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { withLock } from "../../lib/core/lock.js";

const [lock, what, file, times] = process.argv.slice(2);
const options = { task: "testing", onWait: () => undefined };
if (what === "hold") {
  await withLock(
    lock,
    () => new Promise(() => process.stdout.write("held\n") && setInterval(() => undefined, 1000)),
    options,
  );
}
for (let i = 0; i < Number(times); i++) {
  await withLock(
    lock,
    async () => {
      const count = Number(await readFile(file, "utf8"));
      await sleep(1); // somebody else would read the same count
      await writeFile(file, `${count + 1}`);
    },
    options,
  );
}
