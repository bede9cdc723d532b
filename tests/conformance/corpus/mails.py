"""Writes mails.json: mails made for this project, each with the tree that Python's email package makes of it.

    python3 tests/conformance/corpus/mails.py           writes the file
    python3 tests/conformance/corpus/mails.py --check   checks the file against Python

A mail consists of its Content-Type and its body. Where this library reads a mail
differently on purpose, the mail also has that tree or error as `ours`, and the
reason as `because`.
"""

import json
import sys
from email import message_from_bytes
from pathlib import Path

MAILS = []


def mail(id, why, content_type, body, **more):
    MAILS.append({"id": id, "why": why, "contentType": content_type, "body": body, **more})


def multi(boundary, *parts, close=True, newline="\n"):
    text = "".join(f"--{boundary}\n{head}\n{body}\n" for head, body in parts)
    text += f"--{boundary}--\n" if close else ""
    return text.replace("\n", newline)


def mixed(id, why, *parts, content_type='multipart/mixed; boundary="b1"', boundary="b1", **more):
    mail(id, why, content_type, multi(boundary, *parts, newline="\r\n"), **more)


PLAIN = "Content-Type: text/plain\n"
HTML = "Content-Type: text/html; charset=utf-8\n"


def attached(name, type="application/octet-stream"):
    return f"Content-Type: {type}\nContent-Disposition: attachment; {name}\n"


def leaf(body, type="text/plain", **more):
    return {"type": type, "body": body, **more}


# The structures of most mail.
mixed("two-texts", "two texts", (PLAIN, "The ferry leaves at nine."), (PLAIN, "Bring a coat."))
mixed("text-and-file", "a text and an attachment", (PLAIN, "See the list."), (attached("filename=list.csv", "text/csv"), "a;b\n1;2"))
mixed("alternative", "plain and HTML", (PLAIN, "Hello"), (HTML, "<p>Hello</p>"), content_type="multipart/alternative; boundary=b1")
mixed("related", "a page and its picture", (HTML, '<img src="cid:p1">'), ("Content-Type: image/png\nContent-ID: <p1>\nContent-Transfer-Encoding: base64\n", "iVBORw0KGgo="), content_type='multipart/related; type="text/html"; boundary=b1')
mixed("signed", "a signed text", (PLAIN, "I agree.  "), ("Content-Type: application/pgp-signature; name=signature.asc\n", "-----BEGIN-----\n=aB3d\n-----END-----"), content_type='multipart/signed; micalg=pgp-sha256; protocol="application/pgp-signature"; boundary="b1"')
mixed("report", "a delivery report", (PLAIN, "Could not be delivered."), ("Content-Type: message/delivery-status\n", "Reporting-MTA: dns; mx.example\n\nAction: failed"), content_type="multipart/report; report-type=delivery-status; boundary=b1")
mixed("digest", "a digest, whose parts are messages by default", ("", "Subject: one\n\nFirst"), ("", "Subject: two\n\nSecond"), content_type="multipart/digest; boundary=b1")
mixed("digest-typed", "a digest with a part that says its type", (PLAIN, "Contents"), ("", "Subject: two\n\nSecond"), content_type="multipart/digest; boundary=b1")
mixed("forwarded", "a message within", (PLAIN, "See below."), ("Content-Type: message/rfc822\n", "Subject: inner\n\nText"))
mixed("unknown-subtype", "a subtype that nobody knows", (PLAIN, "a"), content_type="multipart/x-odd; boundary=b1")
mixed("appledouble", "two forks", ("Content-Type: application/applefile\n", "fork"), ("Content-Type: image/gif\n", "GIF"), content_type="multipart/appledouble; boundary=b1")
mixed("calendar", "an invitation", (PLAIN, "Meeting"), ("Content-Type: text/calendar; method=REQUEST; charset=utf-8\n", "BEGIN:VCALENDAR\nEND:VCALENDAR"), content_type="multipart/alternative; boundary=b1")

# Nested multiparts.
ALT = multi("b2", (PLAIN, "Hello"), (HTML, "<p>Hello</p>"))
mixed("nested", "an alternative and a file", ("Content-Type: multipart/alternative; boundary=b2\n", ALT), (attached("filename=a.txt"), "x"))
mixed("nested-three", "related within alternative within mixed", ("Content-Type: multipart/alternative; boundary=b2\n", multi("b2", (PLAIN, "t"), ("Content-Type: multipart/related; boundary=b3\n", multi("b3", (HTML, "<b>"), ("Content-Type: image/gif\n", "G"))))), (PLAIN, "footer"))
mixed("nested-extends", "an inner boundary that begins with the outer one", ("Content-Type: multipart/mixed; boundary=b1x\n", multi("b1x", (PLAIN, "in"))), (PLAIN, "out"),
      ours={"type": "multipart/mixed", "parts": [{"type": "multipart/mixed", "parts": [leaf("in")]}, leaf("out")]}, because="a longer line is not the outer delimiter (the same in Python 3.11)")
mixed("nested-empty-parts", "an inner multipart of one empty part", ("Content-Type: multipart/mixed; boundary=b2\n", multi("b2", (PLAIN, ""))), (PLAIN, "out"))
mixed("nested-unclosed", "an inner multipart that is not closed", ("Content-Type: multipart/alternative; boundary=b2\n", multi("b2", (PLAIN, "a"), (HTML, "b"), close=False).rstrip("\n")), (PLAIN, "after"))
mixed("nested-unclosed-deep", "two that are not closed", ("Content-Type: multipart/mixed; boundary=b2\n", "--b2\nContent-Type: multipart/mixed; boundary=b3\n\n--b3\n\ndeep"), (PLAIN, "after"))
mixed("nested-preamble", "an inner preamble and epilogue", ("Content-Type: multipart/mixed; boundary=b2\n", "not shown\n" + multi("b2", (PLAIN, "in")) + "nor this"), (PLAIN, "out"))
mixed("nested-encoded", "a transfer encoding on a multipart is ignored", ('Content-Type: multipart/mixed; boundary="=b2="\nContent-Transfer-Encoding: quoted-printable\n', multi("=b2=", (PLAIN, "a=3D"))), (PLAIN, "out"))
mixed("nested-base64", "base64 on a multipart is ignored", ("Content-Type: multipart/mixed; boundary=b2\nContent-Transfer-Encoding: base64\n", multi("b2", (PLAIN, "plain"))), (PLAIN, "out"))
mixed("nested-no-boundary", "an inner multipart without a boundary", ("Content-Type: multipart/mixed\n", "no delimiter"), (PLAIN, "after"),
      ours={"type": "multipart/mixed", "parts": [leaf("no delimiter", "multipart/mixed"), leaf("after")]}, because="its type is told as it was sent; Python makes it text/plain")

# Boundaries.
mixed("boundary-spaced", "space around the =", (PLAIN, "a"), content_type='multipart/mixed; boundary = "b1"',
      ours={"type": "multipart/mixed", "parts": [leaf("a")]}, because="RFC 822 has space between tokens")
mixed("boundary-comment", "a comment behind the boundary", (PLAIN, "a"), content_type="multipart/mixed; boundary=b1 (by hand)",
      ours={"type": "multipart/mixed", "parts": [leaf("a")]}, because="a comment is not part of a value (RFC 2045, section 5.1)")
mixed("boundary-comment-first", "a comment before the type", (PLAIN, "a"), content_type="(sic) multipart/mixed; boundary=b1",
      ours={"type": "multipart/mixed", "parts": [leaf("a")]}, because="comments stand between any two tokens")
mixed("boundary-extended", "a boundary in RFC 2231's form", (PLAIN, "a"), content_type="multipart/mixed; boundary*=us-ascii''b%31")
mixed("boundary-continued", "a boundary in sections", (PLAIN, "a"), content_type="multipart/mixed; boundary*0=b; boundary*1=1")
mixed("boundary-odd", "characters that need quotes", (PLAIN, "a"), content_type='multipart/mixed; boundary="=_(b)?:/1"', boundary="=_(b)?:/1")
mixed("boundary-unquoted", "the same without quotes", (PLAIN, "a"), content_type="multipart/mixed; boundary==_b?:/1", boundary="=_b?:/1")
mixed("boundary-spaces-within", "a space within", (PLAIN, "a"), content_type='multipart/mixed; boundary="b 1"', boundary="b 1")
mixed("boundary-case", "names of parameters in capitals", (PLAIN, "a"), content_type="Multipart/Mixed; BOUNDARY=b1")
mixed("boundary-empty-parameters", "empty parameters", (PLAIN, "a"), content_type="multipart/mixed;; ; boundary=b1;")
mixed("boundary-dashes", "a boundary of dashes", (PLAIN, "--- a"), content_type="multipart/mixed; boundary=----", boundary="----")
mixed("boundary-in-text", "a boundary in mid-line", (PLAIN, "see --b1 and b1\n --b1"))
mixed("boundary-longer", "a line that begins like a delimiter", (PLAIN, "--b1x\n--b"),
      ours={"type": "multipart/mixed", "parts": [leaf("--b1x\r\n--b")]}, because="a longer line is data (the same in Python 3.11)")

# Preambles and epilogues.
mail("preamble", "a preamble", "multipart/mixed; boundary=b1", "This is a message in MIME.\r\n\r\n--b1\r\n\r\na\r\n--b1--\r\n")
mail("epilogue", "an epilogue", "multipart/mixed; boundary=b1", "--b1\r\n\r\na\r\n--b1--\r\nfooter of a list\r\n--b1\r\n\r\nno part\r\n")
mail("padding", "space behind delimiters", "multipart/mixed; boundary=b1", "--b1 \t\r\n\r\na\r\n--b1  \r\n\r\nb\r\n--b1-- \r\n")
mail("no-last-break", "nothing behind the close delimiter", "multipart/mixed; boundary=b1", "--b1\r\n\r\na\r\n--b1--")
mail("break-first", "a line break before the first delimiter", "multipart/mixed; boundary=b1", "\r\n--b1\r\n\r\na\r\n--b1--\r\n")
mail("breaks-last", "a body that ends in line breaks", "multipart/mixed; boundary=b1", "--b1\r\n\r\na\r\n\r\n\r\n--b1--\r\n")
mail("empty-body", "a part of nothing", "multipart/mixed; boundary=b1", "--b1\r\nContent-Type: text/plain\r\n\r\n\r\n--b1--\r\n")
mail("delimiter-in-head", "delimiter lines within heads", "multipart/mixed; boundary=b1", "--b1\r\n\r\nA\r\n--b1\r\n--b1\r\nContent-Type: text/html\r\n--b1\r\n\r\nB\r\n--b1--\r\n",
     ours={"type": "multipart/mixed", "parts": [leaf("A"), leaf(""), leaf("", "text/html"), leaf("B")]}, because="each delimiter line begins a part; Python takes two in a row for one")
mail("close-in-head", "a last part without a head or a body", "multipart/mixed; boundary=b1", "--b1\r\n\r\nA\r\n--b1\r\n--b1--\r\n")
mail("all-in-preamble", "the only opening delimiter begins with a bare line feed", "multipart/mixed; boundary=b1", "\n--b1\r\n\r\nhi\r\n--b1--",
     ours={"error": "invalid-preamble"}, because="with CRLF line endings a bare line feed begins no delimiter, and the part would be lost without notice")
mail("lf", "line feeds alone", "multipart/mixed; boundary=b1", multi("b1", (PLAIN, "a\nb"), (HTML, "c")), lineEndings="any")
mail("lf-nested", "line feeds alone, nested", "multipart/mixed; boundary=b1", multi("b1", ("Content-Type: multipart/alternative; boundary=b2\n", ALT), (PLAIN, "out")), lineEndings="any")
mail("lf-within", "line feeds in a body with CRLF around", "multipart/mixed; boundary=b1", "--b1\r\n\r\na\nb\n\r\n--b1--\r\n")
mail("lf-head", "heads with LF, and a body with CRLF", "multipart/mixed; boundary=b1", "--b1\nContent-Type: text/html\n\na\r\nb\r\n--b1--\n", lineEndings="any")

# Heads.
mixed("folded", "a folded type", ("Content-Type: text/plain;\n\tcharset=us-ascii;\n name=notes.txt\n", "a"))
mixed("folded-twice", "folds of space alone", ("Subject: a\n  b\n\tc\nContent-Type: text/html\n", "a"))
mixed("no-head", "parts without fields", ("", "a"), ("", "b"))
mixed("no-type", "fields, but no type", ("X-Note: y\n", "a"))
mixed("broken-type", "a type that is none", ("Content-Type: text\n", "a"))
mixed("empty-type", "an empty type", ("Content-Type:\n", "a"))
mixed("case", "names of fields in any case", ("CONTENT-TYPE: TEXT/HTML\ncontent-transfer-encoding: BASE64\n", "YQ=="))
mixed("two-types", "a type twice: the first counts", ("Content-Type: text/html\nContent-Type: text/csv\n", "a"))
mixed("length-wrong", "a Content-Length is only a claim", ("Content-Length: 99\n", "a"), ("Content-Length: 0\n", "b"))
mixed("colon-value", "a value with colons", ("X-A: b: c\nContent-Type: text/css\n", "a"))
mixed("no-space", "none behind the colon", ("Content-Type:text/css\n", "a"))
mixed("type-comment", "a comment behind a type", ("Content-Type: text/html (rich)\n", "a"),
      ours={"type": "multipart/mixed", "parts": [leaf("a", "text/html")]}, because="a comment is not part of the type; Python tells it with it")

# Names.
mixed("name-quoted", "quotes and a semicolon in a name", (attached('filename="a; \\"b\\".txt"'), "x"))
mixed("name-type", "the name of the type", ("Content-Type: image/gif; name=\"dot.gif\"\n", "G"))
mixed("name-both", "the name of the disposition counts first", ("Content-Type: image/gif; name=one.gif\nContent-Disposition: inline; filename=two.gif\n", "G"))
mixed("name-extended", "a name in RFC 2231's form", (attached("filename*=utf-8''%C3%A5.txt"), "x"))
mixed("name-latin1", "in another charset", (attached("filename*=iso-8859-1'no'%E5.txt"), "x"))
mixed("name-koi8", "in a Cyrillic one", (attached("filename*=koi8-r''%CD%C9%D2.txt"), "x"))
mixed("name-continued", "a name in sections", (attached("filename*0=\"long \";\n filename*1=\"name.txt\""), "x"))
mixed("name-continued-encoded", "sections that are encoded", (attached("filename*0*=utf-8''%C3;\n filename*1*=%A5;\n filename*2=.txt"), "x"))
mixed("name-type-extended", "the name of the type, encoded", ("Content-Type: image/gif; name*=utf-8''%C3%A5.gif\n", "G"))
mixed("name-word", "an encoded word is left as it is", (attached('filename="=?utf-8?q?=C3=A5?="'), "x"))
mixed("name-brackets", "brackets without quotes", (attached("filename=a[1].pdf"), "x"))
mixed("name-spaces", "spaces without quotes", (attached("filename=a b.txt"), "x"),
      ours={"type": "multipart/mixed", "parts": [leaf("x", "application/octet-stream", filename="a")]}, because="an unquoted value ends at a space; Python takes all up to the semicolon")
mixed("name-empty-parameter", "empty parameters", (attached("filename=\"a.txt\";; size=3"), "x"))
mixed("name-bad-parameter", "a parameter without a value", (attached("size; filename=a.txt"), "x"))
mixed("name-backslash", "a path with backslashes", (attached('filename="C:\\a\\b.txt"'), "x"))

# Encodings.
mixed("base64", "base64 in lines", (attached("filename=a") + "Content-Transfer-Encoding: base64\n", "T3NsbyBpcyBh\nIGNpdHku"))
mixed("base64-unpadded", "base64 without its padding", ("Content-Transfer-Encoding: base64\n", "T3Nsbw"))
mixed("base64-spaces", "base64 with spaces", ("Content-Transfer-Encoding: base64\n", " T3Ns bw== "))
mixed("base64-empty", "base64 of nothing", ("Content-Transfer-Encoding: base64\n", ""))
mixed("qp", "quoted-printable", ("Content-Transfer-Encoding: quoted-printable\n", "caf=C3=A9 =\nau lait=20\n=3D"))
mixed("qp-padding", "space that a transport added", ("Content-Transfer-Encoding: quoted-printable\n", "a  \nb=20 \nc"),
      ours={"type": "multipart/mixed", "parts": [leaf("a\r\nb \r\nc")]}, because="space at the end of a line is dropped (RFC 2045, section 6.7, rule 3)")
mixed("qp-bad", "what is not an escape", ("Content-Transfer-Encoding: quoted-printable\n", "1 =2 a=zz b"))
mixed("qp-lower", "escapes in small letters", ("Content-Transfer-Encoding: quoted-printable\n", "=c3=a9"))
mixed("8bit", "bytes above ASCII", ("Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n", "\xe5pen"))
mixed("8bit-utf8", "UTF-8 as it is", ("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n", "\xc3\xa5pen"))
mixed("binary", "bytes of all kinds", ("Content-Type: application/octet-stream\nContent-Transfer-Encoding: binary\n", "\x00\x01\xff\x1b"))
mixed("encoding-spaces", "space around an encoding", ("Content-Transfer-Encoding:  base64 \n", "YQ=="),
      ours={"type": "multipart/mixed", "parts": [leaf("a")]}, because="space around a value does not belong to it (RFC 5322, section 2.2)")
mixed("uuencoded-text", "uuencoded text is data", (PLAIN, "begin 644 a.txt\n#86)C\n`\nend"))


def tree(part):
    kind = part.get_content_type()
    if kind.startswith("message/"):
        return {"type": kind}
    if part.is_multipart():
        return {"type": kind, "parts": [tree(inner) for inner in part.get_payload()]}
    told = {"type": kind, "body": part.get_payload(decode=True).decode("latin-1")}
    name = part.get_filename()
    return told if name is None else {**told, "filename": name}


def generate():
    for each in MAILS:
        raw = f"MIME-Version: 1.0\r\nContent-Type: {each['contentType']}\r\n\r\n{each['body']}"
        each["python"] = tree(message_from_bytes(raw.encode("latin-1")))
        if each.get("ours") == each["python"]:
            del each["ours"], each["because"]
    about = (
        "Mails, each with the tree that Python's email package makes of it (`python`), "
        "and with ours where it differs on purpose. Bodies are latin1: one character a byte. "
        "A message within is told by its type alone. Written by mails.py."
    )
    return json.dumps({"about": about, "cases": MAILS}, indent=2, ensure_ascii=False) + "\n"


file = Path(__file__).with_name("mails.json")
text = generate()
if "--check" in sys.argv:
    sys.exit(0 if file.read_text("utf-8") == text else f"{file.name} is not what Python makes")
file.write_text(text, "utf-8")
print(f"{len(MAILS)} mails, {sum('ours' in each for each in MAILS)} read otherwise")
