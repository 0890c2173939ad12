"""Milvus Lite on a port of 127.0.0.1.

usage: python milvus_lite_server.py FILE.db PORT; prints the port when it answers, ends with its standard input.
"""

import socket
import sys
import time

from milvus_lite.server import Server

file, port = sys.argv[1:]
server = Server(file, f"127.0.0.1:{port}")
if not server.init() or not server.start():
    sys.exit("Milvus Lite does not start")
try:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", int(port))) == 0:
                break
        time.sleep(0.1)
    else:
        sys.exit("Milvus Lite does not answer")
    print(port, flush=True)
    sys.stdin.read()
finally:
    server.stop()
