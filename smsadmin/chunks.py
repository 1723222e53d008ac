"""Bodies that come in chunks, without a length (RFC 9112, 7.1): Django takes them for empty ones."""

from django.http import HttpRequest


def comes_in_chunks(request: HttpRequest) -> bool:
    """Whether the body has no length and the server says where it ends; it stands in ``wsgi.input`` then."""
    meta = request.META
    return bool(
        not meta.get("CONTENT_LENGTH") and meta.get("wsgi.input_terminated") and "HTTP_TRANSFER_ENCODING" in meta
    )
