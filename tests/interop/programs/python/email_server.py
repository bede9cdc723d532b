"""A peer for the interop tests: Python's email package behind a server."""

import base64
import gzip
import json
import traceback
import zlib
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from telling import announce, end_with_stdin, tell

POLICIES = {"/http": policy.HTTP, "/compat32": policy.compat32}


def as_text(value):
    """Restores the UTF-8 that the email package keeps as surrogates."""
    if value is None or not isinstance(value, str):
        return value
    return value.encode("utf-8", "surrogateescape").decode("utf-8")


def decode(part):
    body = part.get_payload(decode=True) or b""
    coding = part.get("Content-Encoding")
    if coding == "gzip":
        return gzip.decompress(body)
    if coding == "deflate":
        return zlib.decompress(body)
    return body


def leaves(message, path):
    if message.defects:
        raise ValueError(f"defects: {message.defects}")
    for index, part in enumerate(message.get_payload()):
        here = [*path, index]
        if part.is_multipart():
            yield from leaves(part, here)
            continue
        yield tell(
            decode(part),
            path=here,
            name=as_text(part.get_param("name", header="content-disposition")),
            filename=as_text(part.get_filename()),
            type=part["content-type"] and str(part["content-type"]),
            headers=dict(part.raw_items()),
        )


def make_part(spec):
    """Makes an EmailMessage, or a MIMEMultipart of several."""
    if spec.get("parts") is not None:
        container = MIMEMultipart(spec["subtype"], policy=policy.SMTP)
        for part in spec["parts"]:
            container.attach(make_part(part))
        return container
    # policy.HTTP has no line length, which makes base64 fail.
    message = EmailMessage(policy=policy.SMTP)
    body = base64.b64decode(spec["base64"])
    headers = dict(spec["headers"])
    content_type, _, charset = headers.pop("content-type").partition("; charset=")
    # As bytes, since it would change the line breaks of text.
    message.set_content(
        body,
        *content_type.split("/"),
        cte=headers.pop("content-transfer-encoding", "8bit"),
        params={"charset": charset} if charset else None,
    )
    for name, value in headers.items():
        message[name] = value
    return message


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/write":
            return self.write(json.loads(body))
        self.tell(body)

    def tell(self, body):
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n"
        try:
            message = message_from_bytes(
                head.encode() + body, policy=POLICIES[self.path]
            )
            self.answer(200, json.dumps(list(leaves(message, []))))
        except Exception:
            self.answer(400, traceback.format_exc())

    def write(self, spec):
        try:
            container = make_part(spec)
        except Exception:
            return self.answer(400, traceback.format_exc())
        head, _, body = container.as_bytes().partition(b"\r\n\r\n")
        self.send_response(200)
        self.send_header("Content-Type", container["content-type"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer(self, status, text):
        body = text.encode("utf-8", "backslashreplace")
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
end_with_stdin()
announce(server.server_port)
server.serve_forever()
