"""A throwaway timestamping authority (RFC 3161) on loopback: hands every question to 'openssl ts -reply'.

usage: tsa.py PORT DIRECTORY, where DIRECTORY holds openssl.cnf with a section tsa_config. Ends with a signal.
"""

import http.server
import os
import subprocess
import sys
import tempfile
import threading

port, directory = int(sys.argv[1]), sys.argv[2]
# openssl keeps the serial number in a file and takes no lock on it.
one_at_a_time = threading.Lock()


class Authority(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(405, "text/plain", b"A timestamping authority takes questions by POST.\n")

    def do_POST(self):
        question = self.rfile.read(min(int(self.headers.get("Content-Length", "0")), 65536))
        if self.headers.get("Content-Type") != "application/timestamp-query":
            self.answer(415, "text/plain", b"application/timestamp-query\n")
            return
        with one_at_a_time, tempfile.TemporaryDirectory(dir=directory) as work:
            query, reply = os.path.join(work, "query"), os.path.join(work, "reply")
            with open(query, "wb") as file:
                file.write(question)
            run = subprocess.run(
                ["openssl", "ts", "-reply", "-config", "openssl.cnf", "-section", "tsa_config", "-queryfile", query, "-out", reply],
                cwd=directory, capture_output=True, check=False)
            if not os.path.exists(reply):
                self.answer(500, "text/plain", run.stderr)
                return
            with open(reply, "rb") as file:
                self.answer(200, "application/timestamp-reply", file.read())

    def answer(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


http.server.ThreadingHTTPServer(("127.0.0.1", port), Authority).serve_forever()
