import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { openGallery } from "../../../src/galleries/open-gallery.js";
import { COMMAND } from "../engine-process.js";
import { FakeMilvus } from "../fake-milvus.js";

const folder = mkdtempSync(join(tmpdir(), "hashbook-milvus-tls-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  vi.doUnmock("@grpc/grpc-js");
  vi.resetModules();
});

describe("the packages that speak Milvus' protocol", () => {
  it("are named with the command that installs them where they are not there", async () => {
    vi.resetModules();
    vi.doMock("@grpc/grpc-js", () => {
      throw new Error("Cannot find package '@grpc/grpc-js'");
    });
    const { openGallery: open } = await import("../../../src/galleries/open-gallery.js");
    await expect(open("milvus://127.0.0.1:1/x")).rejects.toThrow(
      "two packages that are not installed; expected npm install --save-exact @grpc/grpc-js@",
    );
  });

  it("are the versions of package.json", async () => {
    const { MILVUS_PACKAGES } = await import("../../../src/galleries/milvus/milvus-connection.js");
    const { optionalDependencies } = JSON.parse(
      readFileSync(new URL("../../../package.json", import.meta.url), "utf8"),
    );
    expect(MILVUS_PACKAGES).toEqual(
      Object.entries(optionalDependencies).map(([name, version]) => `${name}@${version}`),
    );
  });
});

describe("TLS", () => {
  it("is not taken for granted", async () => {
    const fake = await FakeMilvus.start();
    try {
      const opened = openGallery(`milvuss://127.0.0.1:${fake.port}/x`);
      await expect(opened).rejects.toThrow(/no Milvus answers; expected one at 127\.0\.0\.1, port \d+, with TLS/);
    } finally {
      fake.stop();
    }
  });

  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const made = spawnSync("openssl", [
    ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=milvus".split(" "),
    ...["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert],
  ]);
  it.skipIf(made.status !== 0)("is spoken to whom one trusts, and to nobody else", async () => {
    const fake = await FakeMilvus.start({ tls: { cert: readFileSync(cert), key: readFileSync(key) } });
    try {
      const address = `milvuss://127.0.0.1:${fake.port}/x`;
      await expect(openGallery(address)).rejects.toThrow(/no Milvus answers.*self-signed certificate/);
      const env = { ...process.env, GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: cert };
      const said = await new Promise(resolve =>
        execFile(process.execPath, [COMMAND, "gallery", "info", address], { env }, (_, __, stderr) => resolve(stderr)),
      );
      expect(said).toMatch(/there is no gallery of this name/);
    } finally {
      fake.stop();
    }
  });
});
