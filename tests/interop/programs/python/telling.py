"""Shared by the Python peers of the interop tests."""

import hashlib
import os
import sys
import threading


def tell(body, *, path=None, name=None, filename=None, type=None, headers=None):
    """Describes a leaf as the tests expect it."""
    return {
        "path": path,
        "name": name,
        "filename": filename,
        "type": type,
        "headers": headers
        and {key.lower(): str(value) for key, value in headers.items()},
        "length": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
    }


def announce(port):
    """Prints the server's URL."""
    print(f"Listening on http://127.0.0.1:{port}", flush=True)


def end_with_stdin():
    """Ends the process when the tests that started it have ended."""

    def wait():
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()
