"""The form that a client must send, with a line for each entry."""

import base64
import sys


def read_entries():
    """Yields name, file name (None for a field), media type and body."""
    for line in sys.stdin:
        name, filename, media_type, body = line.rstrip("\n").split("\t")
        yield (
            base64.b64decode(name).decode(),
            None if filename == "-" else base64.b64decode(filename).decode(),
            media_type,
            base64.b64decode(body),
        )
