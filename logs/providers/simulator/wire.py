"""As much HTTP/1.1 as the simulator speaks: both sides on asyncio streams, with keep-alive, bodies of a known length
and, from others, chunked ones. RFC 9112."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

HEAD, BODY = 16 * 1024, 256 * 1024
"""The longest head and body that are read, in bytes."""


class Malformed(Exception):
    """Not HTTP as we speak it. ``status`` is what to answer."""

    def __init__(self, status: int) -> None:
        super().__init__(HTTPStatus(status).phrase)
        self.status = status


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """``reset``: instead of an answer the connection breaks."""

    status: int
    document: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    reset: bool = False


Handler = Callable[[Request], Awaitable[Response]]


# ---- the server's side


async def serve(handler: Handler, host: str, port: int) -> asyncio.Server:
    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _converse(handler, reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the other side has gone, or the whole server ends
        finally:
            writer.close()

    return await asyncio.start_server(connection, host, port, limit=HEAD, backlog=1024)


async def _converse(handler: Handler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        try:
            request = await _request(reader)
        except Malformed as bad:
            error = {"error": {"code": "bad_request", "message": str(bad)}}
            writer.write(_rendered(Response(bad.status, error, {"Connection": "close"})))
            return await writer.drain()
        response = await handler(request)
        if response.reset:
            return _break(writer)
        writer.write(_rendered(response))
        await writer.drain()
        if request.headers.get("connection", "").lower() == "close":
            return None


async def _request(reader: asyncio.StreamReader) -> Request:
    first, headers = await _head(reader)
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise Malformed(400)
    if "transfer-encoding" in headers:
        raise Malformed(411)
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise Malformed(400)
    if int(length) > BODY:
        await _skip(reader, int(length))  # who is still writing would see a broken connection and no answer
        raise Malformed(413)
    body = await reader.readexactly(int(length))
    path, _, query = words[1].partition("?")
    return Request(words[0], path, dict(parse_qsl(query)), headers, body)


async def _head(reader: asyncio.StreamReader) -> tuple[str, dict[str, str]]:
    """The first line, and the headers."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        raise Malformed(431) from None
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    return first, {name.strip().lower(): value.strip() for name, _, value in pairs}


def _rendered(response: Response) -> bytes:
    body = json.dumps(response.document).encode()
    lines = [
        f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in response.headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _break(writer: asyncio.StreamWriter) -> None:
    """Not the friendly end (FIN) but a reset, as from a machine that fell over."""
    end: socket.socket | None = writer.get_extra_info("socket")
    if end is not None:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


# ---- the client's side


class Line:
    """One connection for posting, kept while the next goes to the same place."""

    def __init__(self) -> None:
        self._place: tuple[str, str, int] | None = None
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status of the answer. Raises OSError, EOFError (asyncio.IncompleteReadError), ValueError, Malformed."""
        target = urlsplit(url)
        kept = await self._connect(target)
        try:
            return await self._exchange(target, headers, body)
        except (ConnectionError, EOFError):
            self.close()
            if not kept:
                raise
        await self._connect(target)  # the kept connection had been closed over there
        return await self._exchange(target, headers, body)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None

    async def _connect(self, target: SplitResult) -> bool:
        """Whether there was a connection to that place already."""
        if target.scheme not in ("http", "https") or not target.hostname:
            raise ValueError(f"no address to post to: {target.geturl()}")
        place = (target.scheme, target.hostname, target.port or (443 if target.scheme == "https" else 80))
        if self._streams is not None and self._place == place:
            return True
        self.close()
        tls = True if place[0] == "https" else None
        self._streams = await asyncio.open_connection(place[1], place[2], ssl=tls, limit=HEAD)
        self._place = place
        return False

    async def _exchange(self, target: SplitResult, headers: Mapping[str, str], body: bytes) -> int:
        if self._streams is None:
            raise ConnectionError("closed")
        reader, writer = self._streams
        path = (target.path or "/") + (f"?{target.query}" if target.query else "")
        lines = [f"POST {path} HTTP/1.1", f"Host: {target.netloc.rpartition('@')[2]}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()
        return await self._answer(reader)

    async def _answer(self, reader: asyncio.StreamReader) -> int:
        first, headers = await _head(reader)
        words = first.split(" ")
        if len(words) < 2 or not words[1].isdigit():
            raise ConnectionError("no HTTP answer")
        if "chunked" in headers.get("transfer-encoding", ""):
            await _skip_chunks(reader)
        elif headers.get("content-length", "").isdigit():
            await _skip(reader, int(headers["content-length"]))
        elif words[1] not in ("204", "304"):
            self.close()  # its length is told by its end
        if headers.get("connection", "").lower() == "close":
            self.close()
        return int(words[1])


async def _skip(reader: asyncio.StreamReader, length: int) -> None:
    while length > 0:
        got = await reader.read(min(length, HEAD))
        if not got:
            raise asyncio.IncompleteReadError(b"", length)
        length -= len(got)


async def _skip_chunks(reader: asyncio.StreamReader) -> None:
    while length := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        await _skip(reader, length + 2)
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass
