"""Google's client for Python: batches of requests, and uploads with metadata.

google_client.py batch URL METHOD PATH [METHOD PATH ...]
google_client.py upload URL FILE NAME
google_client.py parse < a MIME entity, read by Python's own email package

Prints JSON.
"""

import base64
import email
import email.policy
import json
import sys


def batch(url, *lines):
    import httplib2
    from googleapiclient.http import BatchHttpRequest, HttpRequest

    http = httplib2.Http()
    told = {}

    def callback(request_id, response, error):
        told[request_id] = (
            [error.resp.status, ""] if error else response
        )

    requests = BatchHttpRequest(callback=callback, batch_uri=url)
    for index in range(0, len(lines), 2):
        method, path = lines[index : index + 2]
        body = "ten chars." if method == "POST" else None
        requests.add(
            HttpRequest(
                http,
                lambda response, content: [response.status, text_of(content)],
                url.rstrip("/") + path,
                method=method,
                body=body,
                headers={"content-type": "text/plain"} if body else {},
            ),
            request_id=str(index // 2),
        )
    requests.execute(http=http)
    return told


def upload(url, path, name):
    import httplib2
    from googleapiclient.discovery import build_from_document
    from googleapiclient.http import MediaFileUpload

    described = {
        "name": "store",
        "version": "v1",
        "rootUrl": url,
        "servicePath": "",
        "schemas": {"Object": {"id": "Object", "type": "object", "properties": {}}},
        "resources": {
            "objects": {
                "methods": {
                    "insert": {
                        "id": "store.objects.insert",
                        "path": "objects",
                        "httpMethod": "POST",
                        "request": {"$ref": "Object"},
                        "supportsMediaUpload": True,
                        "mediaUpload": {
                            "accept": ["*/*"],
                            "protocols": {
                                "simple": {"multipart": True, "path": "/upload"}
                            },
                        },
                    }
                }
            }
        },
    }
    service = build_from_document(json.dumps(described), http=httplib2.Http())
    media = MediaFileUpload(path, mimetype="image/jpeg")
    answer = service.objects().insert(body={"name": name}, media_body=media).execute()
    return json.loads(answer)


def text_of(content):
    return content.decode() if isinstance(content, bytes) else content


def parse():
    message = email.message_from_bytes(
        sys.stdin.buffer.read(), policy=email.policy.HTTP
    )
    assert not message.defects, message.defects
    return [
        {
            "headers": {name.lower(): value for name, value in part.items()},
            "body": base64.b64encode(body_of(part)).decode(),
        }
        for part in message.iter_parts()
    ]


def body_of(part):
    if part.is_multipart():
        return part.get_payload(0).as_bytes()
    return part.get_payload(decode=True)


command, *arguments = sys.argv[1:]
commands = {"batch": batch, "upload": upload, "parse": parse}
print(json.dumps(commands[command](*arguments)))
