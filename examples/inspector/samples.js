/** Sample bodies. A text area turns their line endings into LF. */
export const samples = {
  form: `Content-Type: multipart/form-data; boundary=river

--river
Content-Disposition: form-data; name="title"

Grüße
--river
Content-Disposition: form-data; name="file"; filename="notes.txt"
Content-Type: text/plain

two
lines
--river--
`,
  mail: `MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer"

This is what readers without MIME show.
--outer
Content-Type: multipart/alternative; boundary="inner"

--inner
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Gr=C3=BC=C3=9Fe
--inner
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

PHA+R3LDvMOfZTwvcD4=
--inner--

--outer
Content-Disposition: attachment; filename="a.bin"
Content-Transfer-Encoding: base64

AAECAwQ=
--outer--
`,
  camera: `Content-Type: multipart/x-mixed-replace; boundary=frame

--frame
Content-Type: image/jpeg
Content-Length: 11

first frame
--frame
Content-Type: image/jpeg
Content-Length: 12

second frame
--frame
`,
  broken: `--river
Content-Disposition: form-data; name="title"

whole
--river
Content-Disposition form-data; name="no colon"

lost
--river--
`,
};
