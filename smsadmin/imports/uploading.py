"""How an upload is received: streamed to disk, unless its header says that it is larger than can be taken."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

ENVELOPE = 64 * 1024  # bytes of a request that are not the file: the other fields, the parts' own headers
REFUSED = "smsadmin.upload_refused"  # in request.META
READ = 1024 * 1024  # bytes at a time: in Django's pieces of 64 and of 16 KB a large file takes many times as long


class LimitedUploadHandler(TemporaryFileUploadHandler):
    """Keeps nothing of a file that is too large, but lets it pass by: a browser that still sends when it is answered
    shows that the connection broke, and not the answer. (The page's script refuses the file before it is sent.)"""

    chunk_size = READ

    def handle_raw_input(
        self, input_data: Any, META: dict[str, Any], content_length: int, boundary: Any, encoding: str | None = None
    ) -> None:
        self.stream = input_data
        self.is_too_large = content_length > settings.IMPORT_MAX_BYTES + ENVELOPE
        if self.is_too_large and self.request:
            self.request.META[REFUSED] = content_length

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        if self.is_too_large:
            while self.stream.read(READ):
                pass
            raise StopUpload
        super().new_file(*args, **kwargs)


def refused(request: HttpRequest) -> int:
    """The size of an upload that was not kept, else 0."""
    request.POST  # noqa: B018 - reading it is what decides
    return int(request.META.get(REFUSED, 0))


def too_large(size: int) -> str:
    sizes = {"size": filesizeformat(size), "most": filesizeformat(settings.IMPORT_MAX_BYTES)}
    return _("The file has %(size)s, at most %(most)s can be taken. Split it.") % sizes
