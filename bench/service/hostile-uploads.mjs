// Malformed and hostile requests to a search service, seeded: each is what somebody could send to bring it down, to read its
// files or to keep it busy.
import { request as httpRequest } from "node:http";

const FORMATS = ["jpeg", "png", "webp", "gif", "tiff", "avif"];

/** Addresses and parameters that lead nowhere. */
const PATHS = [
  "/api/images/..%2f..%2f..%2fetc%2fpasswd",
  "/api/images/%2e%2e/%2e%2e/etc/passwd",
  "/assets/../../package.json",
  "/assets/..%2f..%2f..%2fpackage.json",
  "/assets/%5c..%5c..%5cpackage.json",
  "/assets//etc/passwd",
  "/assets/%00index.html",
  "/api/images/1e3",
  "/api/images/-1",
  "/api/images/99999999999999999999",
  "/api/images/1?side=1e9",
  "/api/images/0x10",
  "/api/search?row=1&k=1e9",
  "/api/search?row=NaN",
  "/api/search?row=1&radius=-1",
  "/api/search?row[]=1&row[]=2",
  "/api/search?row=1&model=__proto__",
  "/api/search?row=1&model=constructor",
  "/api/search?row=1&order=%00",
  `/api/search?row=1&model=${"m".repeat(3000)}`,
  "/api/search?%ff=%fe",
  "/%",
  "/api/%E0%A4%A",
  "//etc/passwd",
  "/api/examples?count=1000000",
];

const TEXTS = [
  "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><image href='file:///etc/passwd'/></svg>",
  "<!DOCTYPE svg [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]><svg>&b;</svg>",
  "<html><script>alert(1)</script></html>",
  "GIF89a<script>alert(1)</script>",
  "\xff\xd8<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><image href='file:///etc/passwd'/></svg>",
  '{"__proto__": {"polluted": true}}',
  "\xff\xd8\xff<?php system('id'); ?>",
  "push graphic-context\nviewbox 0 0 640 480\nfill 'url(https://127.0.0.1/x)'\npop graphic-context",
];

/** CRC-32 of PNG's chunks. */
function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** A PNG whose header says other sides, with the checksum that goes with them. */
export function pngWithSides(png, width, height) {
  const changed = Buffer.from(png);
  changed.writeUInt32BE(width, 16);
  changed.writeUInt32BE(height, 20);
  changed.writeUInt32BE(crc32(changed.subarray(12, 29)), 29);
  return changed;
}

/** A JPEG whose frame header says other sides. */
function jpegWithSides(jpeg, width, height) {
  const changed = Buffer.from(jpeg);
  for (let at = 2; at + 9 < changed.length && changed[at] === 0xff; at += 2 + changed.readUInt16BE(at + 2)) {
    const marker = changed[at + 1];
    if (marker < 0xc0 || marker > 0xc2) continue;
    changed.writeUInt16BE(height & 0xffff, at + 5);
    changed.writeUInt16BE(width & 0xffff, at + 7);
    break;
  }
  return changed;
}

const bytesOf = (random, length) => Buffer.from(Uint8Array.from({ length }, () => random.integer(256)));
const pick = (random, list) => list[random.integer(list.length)];

/** Ways to make a body of sound files: (random, samples by format) → bytes. */
const BODIES = [
  function empty() {
    return Buffer.alloc(0);
  },
  function noise(random) {
    return bytesOf(random, 1 + random.integer(4000));
  },
  function noiseBehindAHead(random, samples) {
    const head = samples[pick(random, FORMATS)].subarray(0, 4 + random.integer(60));
    return Buffer.concat([head, bytesOf(random, random.integer(3000))]);
  },
  function cutShort(random, samples) {
    const sample = samples[pick(random, FORMATS)];
    return sample.subarray(0, random.integer(sample.length));
  },
  function flippedBits(random, samples) {
    const changed = Buffer.from(samples[pick(random, FORMATS)]);
    for (let times = 1 + random.integer(40); times > 0; times--)
      changed[random.integer(changed.length)] ^= 1 << random.integer(8);
    return changed;
  },
  function flippedHead(random, samples) {
    const changed = Buffer.from(samples[pick(random, FORMATS)]);
    for (let times = 1 + random.integer(6); times > 0; times--) {
      changed[8 + random.integer(Math.min(120, changed.length - 8))] = random.integer(256);
    }
    return changed;
  },
  function otherSides(random, samples) {
    const [width, height] = [random.integer(2 ** 31), random.integer(2 ** 31)];
    return pngWithSides(samples.png, width, height);
  },
  function largeSides(random, samples) {
    const [width, height] = [16384, 16384 - random.integer(100)];
    return random.integer(2) === 0
      ? pngWithSides(samples.png, width, height)
      : jpegWithSides(samples.jpeg, 65500, 65500);
  },
  function spliced(random, samples) {
    const [one, other] = [samples[pick(random, FORMATS)], samples[pick(random, FORMATS)]];
    return Buffer.concat([one.subarray(0, random.integer(one.length)), other.subarray(random.integer(other.length))]);
  },
  function repeated(random, samples) {
    const sample = samples[pick(random, FORMATS)];
    return Buffer.concat(Array.from({ length: 2 + random.integer(8) }, () => sample));
  },
  function text(random) {
    return Buffer.from(pick(random, TEXTS), "latin1");
  },
  function soundWithATail(random, samples) {
    return Buffer.concat([samples[pick(random, FORMATS)], bytesOf(random, random.integer(2000))]);
  },
];

const TYPES = [
  "image/png",
  "image/jpeg",
  "image/svg+xml",
  "application/octet-stream",
  "text/html",
  "application/json",
  "application/x-www-form-urlencoded",
  "multipart/form-data",
  "multipart/form-data; boundary=",
  `multipart/form-data; boundary=${"b".repeat(300)}`,
  'image/png; charset="',
  ";;;",
];

/** A form that is damaged, or that holds something else than one picture. */
function formOf(random, body) {
  const boundary = "----b";
  const name = pick(random, ["image", "../../etc/passwd", "__proto__", "x".repeat(500), ""]);
  const file = pick(random, ["a.png", "../../../etc/passwd", "a\\0.png", 'a"b.png', "con"]);
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${file}"\r\nContent-Type: image/png\r\n\r\n`;
  const whole = Buffer.concat([Buffer.from(head), body, Buffer.from(`\r\n--${boundary}--\r\n`)]);
  const shapes = [
    () => whole,
    () => whole.subarray(0, random.integer(whole.length)),
    () => Buffer.concat(Array.from({ length: 50 }, () => Buffer.from(head))),
    () =>
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="field"\r\n\r\nvalue\r\n--${boundary}--\r\n`),
    () => Buffer.from(`--${boundary}\r\n${"X-Long: y\r\n".repeat(3000)}\r\n`),
    () => Buffer.concat([Buffer.from(`--${boundary}\r\n`), body]),
  ];
  return { body: pick(random, shapes)(), type: `multipart/form-data; boundary=${boundary}` };
}

/** Sound pictures of each format, to be damaged. */
export async function soundPictures(sharp) {
  const width = 64;
  const data = Buffer.from(Uint8Array.from({ length: width * width * 3 }, (_, i) => (i * i * 31 + i * 7) % 251));
  const picture = () => sharp(data, { raw: { width, height: width, channels: 3 } });
  const made = await Promise.all(FORMATS.map(format => picture().toFormat(format).toBuffer()));
  return Object.fromEntries(FORMATS.map((format, i) => [format, made[i]]));
}

/**
 * One request: of ten, seven are pictures that are none, two are damaged forms, one is an address.
 * @param random with integer(bound)
 * @param samples of `soundPictures`
 */
export function hostileRequest(random, samples) {
  const kind = random.integer(10);
  if (kind === 9) {
    const path = pick(random, PATHS);
    return { kind: "address", method: pick(random, ["GET", "GET", "POST"]), path, headers: {}, body: undefined };
  }
  const make = pick(random, BODIES);
  const made = make(random, samples);
  const query =
    random.integer(5) === 0 ? pick(random, ["?k=0", "?order=x", "?model=y", "?radius=9999", "?k=3&k=4"]) : "?k=3";
  const { body, type } =
    kind >= 7
      ? formOf(random, made)
      : { body: made, type: random.integer(4) === 0 ? pick(random, TYPES) : "image/png" };
  const name = kind >= 7 ? `form of ${make.name}` : make.name;
  return { kind: name, method: "POST", path: `/api/search${query}`, headers: { "content-type": type }, body };
}

/**
 * Sends a request as it is: addresses are not made tidy, as browsers and fetch do.
 * @returns status and text of the answer; status 0 where the connection was cut, as for a body that is refused half way
 */
export function sendRequest(url, { method, path, headers, body }, agent) {
  const { hostname, port } = new URL(url);
  return new Promise(resolve => {
    const length = body === undefined ? {} : { "content-length": body.length };
    const sent = httpRequest({ hostname, port, method, path, agent, headers: { ...headers, ...length } }, answer => {
      const chunks = [];
      answer.on("data", chunk => chunks.push(chunk));
      answer.on("end", () =>
        resolve({ status: answer.statusCode, text: Buffer.concat(chunks).toString("latin1"), headers: answer.headers }),
      );
      answer.on("error", error => resolve({ status: 0, text: error.message, headers: {} }));
    });
    sent.on("error", error => resolve({ status: 0, text: error.message, headers: {} }));
    sent.end(body);
  });
}
