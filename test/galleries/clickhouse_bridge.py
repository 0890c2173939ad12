"""ClickHouse's HTTP interface, as far as hashbook speaks it, in front of chdb: ClickHouse itself in this process.

usage: python clickhouse_bridge.py FOLDER [USER PASSWORD]; prints the port on 127.0.0.1, ends with its standard input.
"""

import base64
import os
import sys
import tempfile
import threading
import types
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Absent(types.ModuleType):
    """In the place of packages that chdb imports for forms of results which are not asked for here."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return object


for package in ("pandas", "pyarrow"):
    sys.modules[package] = Absent(package)
from chdb import session  # noqa: E402

folder, *credentials = sys.argv[1:]
engine = session.Session(folder)
engine.query("CREATE DATABASE IF NOT EXISTS galleries ENGINE = Atomic")
engine.query("USE galleries")
lock = threading.Lock()


def run(statement, data):
    """A statement; the rows of an INSERT come out of a file, which is how chdb takes them."""
    if data is None:
        return engine.query(statement).bytes()
    head, form = statement.rsplit(" FORMAT ", 1)
    table, columns = head.removeprefix("INSERT INTO ").rstrip(")").split(" (")
    types = dict(line.split("\t")[:2] for line in engine.query(f"DESCRIBE TABLE {table}", "TSV").data().splitlines())
    structure = ", ".join(f"{name} {types[name]}" for name in columns.split(", "))
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        file.write(data)
        file.flush()
        engine.query(f"{head} SELECT * FROM file('{file.name}', '{form}', '{structure}')")
    return b""


class Interface(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        scheme, _, basic = self.headers.get("Authorization", "").partition(" ")
        asked = base64.b64decode(basic).decode().split(":", 1) if scheme == "Basic" else []
        query = parse_qs(urlsplit(self.path).query).get("query")
        try:
            if credentials and asked != credentials:
                raise PermissionError("Code: 516. DB::Exception: Authentication failed")
            with lock:
                answer = run(query[0], body) if query else run(body.decode(), None)
            status = 200
        except Exception as error:
            status, answer = (403 if isinstance(error, PermissionError) else 500), str(error).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Interface)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
os._exit(0)
