"""Reads bodies with Python's email package: one JSON object per line."""

import base64
import json
import sys
from email import message_from_bytes, policy


def text(value):
    if value is None:
        return None
    if isinstance(value, tuple):
        value = value[2]
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def judge(body):
    boundary = body["boundary"].replace("\\", "\\\\").replace('"', '\\"')
    head = f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n'
    message = message_from_bytes(
        head.encode("utf-8") + base64.b64decode(body["base64"]), policy=policy.compat32
    )
    error = ", ".join(type(defect).__name__ for defect in message.defects)
    parts = message.get_payload()
    told = []
    for part in parts if isinstance(parts, list) else []:
        if part.is_multipart():
            return {"parts": [], "error": "nested"}
        # Without an encoding, the payload is returned as unchanged bytes.
        del part["content-transfer-encoding"]
        content = part.get_payload(decode=True)
        told.append(
            {
                "name": text(part.get_param("name", header="content-disposition")),
                "filename": text(part.get_param("filename", header="content-disposition")),
                "base64": base64.b64encode(content).decode(),
            }
        )
    return {"parts": told, "error": error}


for line in sys.stdin:
    try:
        verdict = judge(json.loads(line))
    except Exception as error:
        verdict = {"parts": [], "error": f"raises {type(error).__name__}"}
    print(json.dumps(verdict), flush=True)
