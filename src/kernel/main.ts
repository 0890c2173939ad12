// What a kernel spec starts: node lib/kernel/main.js CONNECTION_FILE
import { startKernel } from "./start-kernel.js";

try {
  if (process.argv.length !== 3) throw new Error("expected one argument, the connection file");
  await startKernel(process.argv[2]);
} catch (error) {
  process.stderr.write(`hashbook: ${(error as Error).message}\n`);
  process.exit(1);
}
