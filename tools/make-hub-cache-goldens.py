"""What Python's huggingface_hub makes of one downloaded file in its cache, for test/backbone/hub-cache.test.ts.

    pip install huggingface_hub==2.4.0
    python tools/make-hub-cache-goldens.py

Plays the hub on this machine; nothing else is asked. Writes test/goldens/hub-cache.json: the file's bytes and commit, and
what lies in the repository's folder of the cache after a download of main and after one of the commit: files by path,
links with what they point to.
"""

import hashlib
import json
import os
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).parent.parent
CONTENT = b"hashbook " * 12
REVISION = "0123456789abcdef0123456789abcdef01234567"
REPOSITORY, PATH = "me/tiny", "model.safetensors"


class Hub(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, body):
        self.send_response(200)
        sha256 = hashlib.sha256(CONTENT).hexdigest()
        for name, value in {
            "Content-Length": len(CONTENT),
            "ETag": f'"{sha256}"',
            "X-Linked-Etag": f'"{sha256}"',
            "X-Linked-Size": len(CONTENT),
            "X-Repo-Commit": REVISION,
        }.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def do_HEAD(self):
        self.answer(b"")

    def do_GET(self):
        self.answer(CONTENT)

    def log_message(self, *_):
        pass


def listing(folder):
    """What lies in a folder: texts of refs, targets of links, "file" for others, by path."""
    entries = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            entries[name] = f"-> {os.readlink(path)}"
        elif path.is_file():
            entries[name] = path.read_text() if name.startswith("refs/") else "file"
    return entries


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "HF_TOKEN", "HF_HUB_OFFLINE"):
        os.environ.pop(name, None)
    os.environ["HF_ENDPOINT"] = f"http://127.0.0.1:{server.server_port}"
    import huggingface_hub

    layouts = {}
    for name, revision in (("main", None), ("commit", REVISION)):
        with tempfile.TemporaryDirectory() as cache:
            huggingface_hub.hf_hub_download(REPOSITORY, PATH, revision=revision, cache_dir=cache)
            layouts[name] = {folder.name: listing(folder) for folder in Path(cache).glob("models--*")}
    server.shutdown()
    goldens = {
        "madeBy": f"huggingface_hub {huggingface_hub.__version__}",
        "repository": REPOSITORY,
        "path": PATH,
        "revision": REVISION,
        "content": CONTENT.decode(),
        "layouts": layouts,
    }
    (ROOT / "test/goldens/hub-cache.json").write_text(json.dumps(goldens, indent=2) + "\n")
    print(json.dumps(layouts, indent=2))


if __name__ == "__main__":
    main()
