import { describe, expect, it } from "vitest";
import { galleryAddress, isGalleryAddress } from "../../src/galleries/gallery-address.js";

const read = (text: string, token?: string) =>
  galleryAddress(text, token === undefined ? {} : { HASHBOOK_GALLERY_TOKEN: token });

describe("galleryAddress", () => {
  it("reads engine, place, names and settings", () => {
    expect(read("milvus://host/shoes")).toEqual({
      engine: "milvus",
      host: "host",
      port: 19530,
      tls: false,
      collection: "shoes",
      timeout: 60,
      text: "milvus://host/shoes",
    });
    expect(read("milvuss://[::1]:443/db/shoes?timeout=5&probes=7")).toMatchObject({
      host: "::1",
      port: 443,
      tls: true,
      database: "db",
      timeout: 5,
      probes: 7,
    });
    expect(read("clickhouse://host/t")).toMatchObject({ engine: "clickhouse", port: 8123, tls: false });
    expect(read("clickhouse://host/t?tls=1")).toMatchObject({ port: 8443, tls: true });
    expect(read("clickhouses://host/t")).toMatchObject({ port: 8443, tls: true });
  });

  it("keeps what is secret out of its text", () => {
    const address = read("milvus://me:p%40ss@host:1/shoes", "other");
    expect(address).toMatchObject({ secret: "me:p@ss", text: "milvus://host:1/shoes" });
    expect(read("milvus://host/shoes", "a:b:c")).toMatchObject({ secret: "a:b:c" });
    expect(read("milvus://host/shoes", "")).not.toHaveProperty("secret");
    for (const wrong of [
      "milvus://me:secret@/",
      "milvus://me:secret@host",
      "mivlus://me:secret@host/x",
      "milvus://me:secret@host:99999/x",
      "milvus://me:1/secret@host/x",
      "milvus://me:1?secret@host/x",
      "milvus://me:1#secret@host/x",
      "milvus://me:secret%zz@host/x",
      "milvus://host/x?token=secret",
      "milvus://host?token=secret",
      "mivlus://host/x?token=secret",
    ]) {
      expect(() => read(wrong)).toThrow(expect.not.stringContaining("secret"));
    }
  });

  it.each([
    ["mivlus://host/x", /expected "milvus"\?.*found mivlus/],
    ["http://host/x", /no gallery can be had by this address/],
    ["milvus://host", /not complete; expected milvus:\/\/host:19530\/collection/],
    ["milvus://host/a/b/c", /not complete/],
    ["milvus://host/a-b", /cannot be a name in an engine.*found a-b/],
    ["milvus://host/1a", /no digit first/],
    ["milvus://host/x?timeout=0", /no value of timeout; expected a whole number of 1 to 86400; found 0/],
    ["milvus://host/x?tls=yes", /no value of tls; expected 0 or 1; found yes/],
    ["milvus://host/x?timout=9", /no setting of an address; expected "timeout"/],
    ["milvus://host/x?timeout=1000000000", /expected a whole number of 1 to 86400/],
    ["milvuss://host/x?tls=0", /with TLS and without/],
    ["milvus://host/x#y", /has a # or, behind its host, an @.*%23/],
    ["milvus://me:%zz@host/x", /user and password cannot be read; expected %.*%25/],
    ["codes.npy", /this is no address of a gallery/],
  ])("refuses %s", (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  it("tells addresses from paths", () => {
    const known = ["milvus://h/x", "MILVUS://h/x", "mivlus://h", "codes.npy", "/a/b.npy", "C:\\codes.npy", "a:b"];
    expect(known.map(isGalleryAddress)).toEqual([true, true, true, false, false, false, false]);
  });
});
