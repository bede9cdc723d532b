"""A peer for the interop tests: Flask, whose forms Werkzeug parses."""

from flask import Flask, jsonify, request
from werkzeug.serving import make_server

from telling import announce, end_with_stdin, tell

app = Flask(__name__)


@app.post("/form")
def form():
    told = [
        tell(value.encode(), name=name)
        for name, value in request.form.items(multi=True)
    ]
    for name, file in request.files.items(multi=True):
        told.append(
            tell(
                file.read(),
                name=name,
                filename=file.filename,
                type=file.content_type,
            )
        )
    return jsonify(told)


server = make_server("127.0.0.1", 0, app, threaded=True)
end_with_stdin()
announce(server.server_port)
server.serve_forever()
