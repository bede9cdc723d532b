"""A peer for the interop tests: aiohttp as a server and as a client."""

import asyncio
import base64
import traceback

import aiohttp
from aiohttp import FormData, MultipartReader, MultipartWriter, web

from telling import announce, end_with_stdin, tell


async def read_parts(reader, path):
    told = []
    index = 0
    while (part := await reader.next()) is not None:
        here = [*path, index]
        index += 1
        if isinstance(part, MultipartReader):
            told += await read_parts(part, here)
            continue
        body = await part.read(decode=True)
        told.append(
            tell(
                body,
                path=here,
                name=part.name,
                filename=part.filename,
                type=part.headers.get("Content-Type"),
                headers=part.headers,
            )
        )
    return told


async def parts(request):
    return web.json_response(await read_parts(await request.multipart(), []))


async def form(request):
    told = []
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            told.append(
                tell(
                    value.file.read(),
                    name=name,
                    filename=value.filename,
                    type=value.content_type,
                )
            )
        else:
            body = value.encode() if isinstance(value, str) else bytes(value)
            told.append(tell(body, name=name))
    return web.json_response(told)


def make_form(spec, quote_fields):
    form_data = FormData(quote_fields=quote_fields)
    for part in spec["parts"]:
        body = base64.b64decode(part["base64"])
        if part.get("filename") is None:
            # The type prevents x-www-form-urlencoded.
            form_data.add_field(
                part["name"], body.decode(), content_type="text/plain; charset=utf-8"
            )
        else:
            form_data.add_field(
                part["name"],
                body,
                filename=part["filename"],
                content_type=part["headers"]["content-type"],
            )
    return form_data


def make_multipart(spec):
    writer = MultipartWriter(spec["subtype"])
    for part in spec["parts"]:
        headers = part.get("headers") or {}
        if part.get("parts") is not None:
            writer.append(make_multipart(part), headers)
        else:
            payload = writer.append(base64.b64decode(part["base64"]), headers)
            if part.get("filename") is not None:
                payload.set_content_disposition(
                    "attachment", filename=part["filename"]
                )
    return writer


async def post(request):
    spec = await request.json()
    if spec["subtype"] == "form-data":
        data = make_form(spec, request.query["by"] == "quote_fields")
    else:
        data = make_multipart(spec)
    async with aiohttp.ClientSession() as session:
        async with session.post(request.query["url"], data=data) as response:
            response.raise_for_status()
    return web.json_response([])


async def write(request):
    writer = make_multipart(await request.json())
    response = web.StreamResponse(headers=writer.headers)
    await response.prepare(request)
    await writer.write(response)
    return response


@web.middleware
async def tell_errors(request, handler):
    try:
        return await handler(request)
    except Exception:
        return web.Response(status=400, text=traceback.format_exc())


async def main():
    app = web.Application(middlewares=[tell_errors], client_max_size=32 << 20)
    app.add_routes(
        [
            web.post("/parts", parts),
            web.post("/form", form),
            web.post("/post", post),
            web.post("/write", write),
        ]
    )
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    announce(site._server.sockets[0].getsockname()[1])
    await asyncio.Event().wait()


end_with_stdin()
asyncio.run(main())
