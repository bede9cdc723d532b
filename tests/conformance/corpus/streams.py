"""Writes streams.json: camera streams made for this project, each with the frames that ffmpeg reads from it.

    python3 tests/conformance/corpus/streams.py           writes the file
    python3 tests/conformance/corpus/streams.py --check   checks the file against ffmpeg

A frame is represented by its length. Where this library reads a stream differently
on purpose, the stream also has those lengths as `ours`, and the reason as
`because`. ffmpeg takes the boundary from the first delimiter, and reads only
pictures: it reads nothing of streams of other types.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

STREAMS = []


def stream(id, why, body, content_type="multipart/x-mixed-replace; boundary=b1", **more):
    STREAMS.append({"id": id, "why": why, "contentType": content_type, "body": body, **more})


def picture(number, size=24):
    """Returns bytes that begin and end like a JPEG."""
    return "\xff\xd8" + chr(64 + number) * (size - 4) + "\xff\xd9"


def frame(number, head="Content-Type: image/jpeg\r\n", size=24, delimiter="--b1\r\n", end="\r\n", length=True, body=None):
    body = picture(number, size) if body is None else body
    stated = f"Content-Length: {len(body)}\r\n" if length else ""
    return f"{delimiter}{head}{stated}\r\n{body}{end}"


def frames(*sizes, **more):
    return "".join(frame(number, size=size, **more) for number, size in enumerate(sizes, 1))


def lf(text):
    return text.replace("\r\n", "\n")


JPEG = "Content-Type: image/jpeg\r\n"
stream("plain", "three frames with lengths", frames(24, 30, 40) + "--b1--\r\n")
stream("endless", "a stream that just ends", frames(24, 30, 40))
stream("no-lengths", "no lengths", frames(24, 30, 40, length=False) + "--b1--\r\n")
stream("break-first", "a line break before the first delimiter", "\r\n" + frames(24, 30) + "--b1--\r\n")
stream("lf", "line feeds alone", lf(frames(24, 30) + "--b1--\r\n"))
stream("lf-no-lengths", "line feeds alone, no lengths", lf(frames(24, 30, length=False) + "--b1--\r\n"), ours=[24, 30], because="a line feed ends a line here, before a delimiter too")
stream("dashed", "a boundary that already holds its dashes", frames(24, 30) + "--b1--\r\n", "multipart/x-mixed-replace; boundary=--b1")
stream("dashed-spaced", "the same with a space", frames(24, 30) + "--b1--\r\n", "multipart/x-mixed-replace; boundary= --b1")
stream("quoted", "a quoted boundary", frames(24, 30) + "--b1--\r\n", 'multipart/x-mixed-replace;boundary="b1"')
stream("spaced", "space around the = of the boundary", frames(24) + "--b1--\r\n", "multipart/x-mixed-replace; boundary = b1")
stream("small-letters", "fields in small letters", frames(24, 30, head="content-type: image/jpeg\r\n") + "--b1--\r\n")
stream("capitals", "a type in capitals", frames(24, 30, head="CONTENT-TYPE: IMAGE/JPEG\r\n") + "--b1--\r\n")
stream("more-fields", "fields of a camera's own", frames(24, 30, head=JPEG + "X-Timestamp: 1.25\r\nX-Motion: 0\r\n") + "--b1--\r\n")
stream("no-space", "no space behind colons", frames(24, 30, head="Content-Type:image/jpeg\r\n") + "--b1--\r\n")
stream("length-first", "the length before the type", "".join(f"--b1\r\nContent-Length: 24\r\n{JPEG}\r\n{picture(n)}\r\n" for n in (1, 2)) + "--b1--\r\n")
stream("dashes", "a boundary of dashes", frames(24, 30, delimiter="------\r\n") + "--------\r\n", "multipart/x-mixed-replace; boundary=----")
stream("long-boundary", "a long boundary", frames(24, 30, delimiter=f"--{'b' * 60}\r\n"), f"multipart/x-mixed-replace; boundary={'b' * 60}")
stream("one", "one frame", frames(24) + "--b1--\r\n")
stream("large", "frames of different sizes", frames(4, 200, 25) + "--b1--\r\n")
INSIDE = "\xff\xd8..\r\n--b1\r\n..\xff\xd9"
stream("delimiter-inside", "a delimiter within a frame whose length is trusted", frames(24) + frame(2, body=INSIDE) + frame(3) + "--b1--\r\n")
stream("breaks-inside", "line breaks within frames", frame(1, body="\xff\xd8\r\n\r\n\n\xff\xd9") + frame(2, body="\xff\xd8\n--\r\n-\xff\xd9") + "--b1--\r\n")
stream("breaks-inside-no-lengths", "the same without lengths", frame(1, body="\xff\xd8\r\n\r\n\n\xff\xd9", length=False) + frame(2, body="\xff\xd8\n--\r\n-\xff\xd9", length=False) + "--b1--\r\n")
stream("epilogue", "something behind the close delimiter", frames(24, 30) + "--b1--\r\nbye\r\n")
EVENT = "Content-Type: application/json\r\n"
stream("events", "events of a camera, not pictures", frame(1, head=EVENT, body='{"on":1}') + frame(2, head=EVENT, body='{"on":0}') + "--b1--\r\n", ours=[8, 8], because="what a part holds is the caller's to judge; ffmpeg takes image/jpeg alone")
stream("heartbeats", "events of text, without lengths", frame(1, head="Content-Type: text/plain\r\n", body="Heartbeat", length=False) + frame(2, head="Content-Type: text/plain\r\n", body="Start", length=False) + "--b1--\r\n", ours=[9, 5], because="ffmpeg takes image/jpeg alone")
TWICE = "two cameras send the delimiter line twice; ffmpeg stops at the second"
stream("delimiter-twice", "the delimiter line twice before each frame", frames(24, 30, delimiter="--b1\r\n--b1\r\n") + "--b1--\r\n", ours=[24, 30], because=TWICE)
stream("delimiter-twice-no-lengths", "the same without lengths", frames(24, 30, delimiter="--b1\r\n--b1\r\n", length=False) + "--b1--\r\n", ours=[24, 30], because=TWICE)
stream("blank-lines-behind", "blank lines behind exact lengths", frame(1) + frame(2, end="\r\n\r\n") + frame(3, end="\r\n\r\n") + frame(4) + "--b1--\r\n")
stream("events-blank-lines", "events, blank lines behind some", "".join(frame(1, head="Content-Type: text/plain\r\n", body=body, end=end) for body, end in (("Heartbeat", "\r\n"), ("Start", "\r\n\r\n"), ("Start", "\r\n\r\n"), ("Heartbeat", "\r\n"))) + "--b1--\r\n", ours=[9, 5, 5, 9], because="ffmpeg takes image/jpeg alone")
HEADLESS = "the stream begins with header fields, so they are the first frame's; ffmpeg expects a delimiter"
stream("no-first-delimiter", "no delimiter before the first frame", frame(1, delimiter="") + frames(30) + "--b1--\r\n", ours=[24, 30], because=HEADLESS)
stream("no-first-delimiter-large", "the same, the first frame over 16 KiB", frame(1, delimiter="", size=17000) + frames(30) + "--b1--\r\n", ours=[17000, 30], because=HEADLESS)


def read(body):
    """Returns the lengths of the packets that ffmpeg finds."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(body.encode("latin-1"))
        file.flush()
        command = ["ffprobe", "-v", "quiet", "-f", "mpjpeg", "-show_entries", "packet=size", "-of", "json", file.name]
        told = subprocess.run(command, capture_output=True, check=False).stdout
    return [int(packet["size"]) for packet in json.loads(told or b"{}").get("packets", [])]


def generate():
    for each in STREAMS:
        each["ffmpeg"] = read(each["body"])
        if each.get("ours") == each["ffmpeg"]:
            del each["ours"], each["because"]
    about = (
        "Streams of cameras, each with the lengths of the frames that ffmpeg reads from it (`ffmpeg`), "
        "and with ours where they differ on purpose. Bodies are latin1: one character a byte. Written by streams.py."
    )
    return json.dumps({"about": about, "cases": STREAMS}, indent=2, ensure_ascii=False) + "\n"


file = Path(__file__).with_name("streams.json")
text = generate()
if "--check" in sys.argv:
    same = json.loads(file.read_text("utf-8")) == json.loads(text)
    sys.exit(0 if same else f"{file.name} is not what ffmpeg makes")
file.write_text(text, "utf-8")
print(f"{len(STREAMS)} streams, {sum('ours' in each for each in STREAMS)} read otherwise")
