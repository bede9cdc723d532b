"""A peer for the interop tests: Tornado's form parser, and its client."""

import asyncio
import base64
import json
import uuid

from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from telling import announce, end_with_stdin, tell


class Form(RequestHandler):
    def post(self):
        told = [
            tell(value, name=name)
            for name, values in self.request.body_arguments.items()
            for value in values
        ]
        for name, files in self.request.files.items():
            for file in files:
                told.append(
                    tell(
                        file["body"],
                        name=name,
                        filename=file["filename"],
                        type=file["content_type"],
                    )
                )
        self.write(json.dumps(told))


def blocks(spec, boundary):
    """Yields a form in blocks of bytes, which Tornado leaves to its users."""
    for part in spec["parts"]:
        disposition = f'form-data; name="{part["name"]}"'
        if part.get("filename") is not None:
            disposition += f'; filename="{part["filename"]}"'
        head = [f"--{boundary}", f"Content-Disposition: {disposition}"]
        for name, value in (part.get("headers") or {}).items():
            head.append(f"{name}: {value}")
        yield "\r\n".join([*head, "", ""]).encode()
        body = base64.b64decode(part["base64"])
        for start in range(0, len(body), 16384):
            yield body[start : start + 16384]
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode()


class Post(RequestHandler):
    """Posts a form with Tornado's client, which produces it while it sends."""

    async def post(self):
        spec = json.loads(self.request.body)
        boundary = uuid.uuid4().hex

        async def produce(write):
            for block in blocks(spec, boundary):
                await write(block)

        how = (
            {"body_producer": produce}
            if self.get_query_argument("by") == "body_producer"
            else {"body": b"".join(blocks(spec, boundary))}
        )
        await AsyncHTTPClient().fetch(
            self.get_query_argument("url"),
            method="POST",
            headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
            **how,
        )
        self.write("[]")


async def main():
    sockets = bind_sockets(0, "127.0.0.1")
    HTTPServer(Application([("/form", Form), ("/post", Post)])).add_sockets(sockets)
    announce(sockets[0].getsockname()[1])
    await asyncio.Event().wait()


end_with_stdin()
asyncio.run(main())
