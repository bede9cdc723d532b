"""A peer for the interop tests: uploads a form with httpx."""

import sys

import httpx

from entries import read_entries

# Fields are listed as files without a file name, which keeps the order.
files = [
    (name, (None, body) if filename is None else (filename, body, media_type))
    for name, filename, media_type, body in read_entries()
]
httpx.post(sys.argv[-1], files=files, timeout=60).raise_for_status()
