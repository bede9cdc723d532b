"""A peer for the interop tests: Django under WSGI, served by Werkzeug."""

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path
from werkzeug.serving import make_server

from telling import announce, end_with_stdin, tell


def form(request):
    told = [
        tell(value.encode(), name=name)
        for name, values in request.POST.lists()
        for value in values
    ]
    for name, files in request.FILES.lists():
        told += [
            tell(
                file.read(),
                name=name,
                filename=file.name,
                type=file.content_type,
            )
            for file in files
        ]
    return JsonResponse(told, safe=False)


settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=__name__, SECRET_KEY="test"
)
django.setup()
urlpatterns = [path("form", form)]
server = make_server("127.0.0.1", 0, get_wsgi_application(), threaded=True)
end_with_stdin()
announce(server.server_port)
server.serve_forever()
