/** `_exchange.py`: one request and its answer, by Python's standard library and nothing else. */
export const exchangeSource = String.raw`"""One request over HTTP/1.1, and its answer."""

from __future__ import annotations

import asyncio
import json as _json
import ssl as _ssl
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any, Final, NoReturn, Optional, TypeVar

from ._values import RpcError

T = TypeVar("T")

Opened = tuple[asyncio.StreamReader, asyncio.StreamWriter]

# Codes of answers that name none: a proxy's, or a Python server's.
_BY_STATUS: Final = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
    408: "DEADLINE_EXCEEDED", 409: "ABORTED", 413: "RESOURCE_EXHAUSTED", 415: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED", 431: "RESOURCE_EXHAUSTED", 501: "UNIMPLEMENTED", 502: "UNAVAILABLE",
    503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED",
}
_NDJSON: Final = "application/x-ndjson"


class Exchange:
    def __init__(
        self,
        path: str,
        headers: dict[str, str],
        timeout: float | None,
        header: dict[str, str],
        trailer: dict[str, str],
    ) -> None:
        self.path = path
        self.headers = headers
        self.timeout = timeout
        self.header = header
        self.trailer = trailer
        self.errors: Mapping[str, type[RpcError]] = {}
        self.release: Callable[[Opened], None] | None = None
        self.was_stale = False
        self._deadline = None if timeout is None else time.monotonic() + timeout
        self._opened: Optional[Opened] = None
        self._reused = False
        self._sent = False
        self._whole = False
        self._length: int | None = None
        self._chunked = False
        self._keeps = True
        self._type = ""
        self._has_head = False

    def use(self, opened: Opened, reused: bool) -> None:
        self._opened = opened
        self._reused = reused

    async def connect(self, host: str, port: int, ssl: _ssl.SSLContext | None) -> None:
        opened = await self._within(asyncio.open_connection(host, port, ssl=ssl, limit=2**20), f"{host}:{port}")
        self.use(opened, reused=False)

    async def send(self, body: bytes | None) -> None:
        """Sends the head, and the body where it is known; None is one that will be written."""
        head = {
            **self.headers,
            "Accept": "application/x-ndjson; envelope=1, application/json",
            "Content-Type": "application/json",
            **({"Transfer-Encoding": "chunked"} if body is None else {"Content-Length": str(len(body))}),
        }
        if self._deadline is not None:
            head["X-MicroAPI-timeout-ms"] = str(max(1, round((self._deadline - time.monotonic()) * 1000)))
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        text = f"POST {self.path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1")
        await self._put(text + (body or b""))
        self._sent = body is not None

    async def write(self, data: bytes, last: bool = False) -> None:
        """Writes a part of the body."""
        await self._put(b"%x\r\n%s\r\n%s" % (len(data), data, b"0\r\n\r\n" if last else b""))
        self._sent = last

    async def head(self) -> None:
        """Reads the head of the answer. Raises RpcError for a failure."""
        if self._has_head:
            return
        status, headers = await self._head()
        while status < 200:
            status, headers = await self._head()
        self._has_head = True
        self._keeps = headers.get("connection", "").lower() != "close"
        self._chunked = headers.get("transfer-encoding", "").lower() == "chunked"
        self._length = int(headers["content-length"]) if "content-length" in headers else None
        self._type = headers.get("content-type", "").lower()
        for name, value in headers.items():
            if name.startswith("x-microapi-trailer-"):
                self.trailer[name[19:]] = value
            elif name.startswith("x-microapi-"):
                self.header[name[11:]] = value
        if status != 200:
            self._raise(await self._body(), _BY_STATUS.get(status, "UNKNOWN"), status)

    async def message(self) -> Any:
        """Reads an answer of one message."""
        await self.head()
        body = await self._body()
        return _parsed(body) if body.strip() not in (b"", b"null") else {}

    async def items(self) -> AsyncGenerator[Any, None]:
        """Reads an answer that is a stream, item by item."""
        await self.head()
        told = _NDJSON in self._type and "envelope=1" in self._type
        ended = False
        pending = b""
        async for chunk in self._chunks():
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                item = _parsed(line) if line.strip() else None
                if told and isinstance(item, list):
                    ended = self._control(item[0]) or ended
                elif item is not None:
                    yield item
        if pending.strip():
            yield _parsed(pending)
        if told and not ended:
            raise RpcError("UNAVAILABLE", "the connection ended before the stream did")

    def leave(self) -> None:
        """Gives the socket back where all was sent and read; closes it where not, which ends the call at the server."""
        opened, self._opened = self._opened, None
        if opened is None:
            return
        if not (self._whole and self._sent):
            opened[1].transport.abort()
        elif self._keeps and self.release is not None:
            self.release(opened)
        else:
            opened[1].close()

    def _control(self, envelope: dict[str, Any]) -> bool:
        kind = envelope.get("type")
        known = self.header if kind == "header" else self.trailer
        known.update((envelope.get("metadata") or {}).items())
        if kind == "stream_end" and envelope.get("error") is not None:
            raise self._failure(envelope, "UNKNOWN")
        return kind == "stream_end"

    async def _head(self) -> tuple[int, dict[str, str]]:
        reader = self._socket()[0]
        text = await self._within(reader.readuntil(b"\r\n\r\n"))
        first, *lines = text.decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(":")
            key = name.strip().lower()
            headers[key] = f"{headers[key]}, {value.strip()}" if key in headers else value.strip()
        try:
            return int(first.split(" ")[1]), headers
        except (IndexError, ValueError):
            raise RpcError("UNAVAILABLE", f"what answers there does not speak HTTP: {first[:80]!r}") from None

    async def _body(self) -> bytes:
        return b"".join([chunk async for chunk in self._chunks()])

    async def _chunks(self) -> AsyncGenerator[bytes, None]:
        reader = self._socket()[0]
        left = self._length
        if self._chunked:
            while True:
                line = await self._within(reader.readuntil(b"\r\n"))
                size = int(line.split(b";")[0], 16)
                data = await self._within(reader.readexactly(size + 2))
                if size == 0:
                    break
                yield data[:-2]
        else:
            while left != 0:
                data = await self._within(reader.read(65536 if left is None else min(left, 65536)))
                if not data and left is None:
                    self._keeps = False
                    break
                if not data:
                    raise RpcError("UNAVAILABLE", "the connection ended before the answer did")
                left = None if left is None else left - len(data)
                yield data
        self._whole = True

    def _raise(self, body: bytes, fallback: str, status: int) -> NoReturn:
        try:
            json = _json.loads(body)
        except ValueError:
            json = None
        known = json if isinstance(json, dict) else {"error": f"HTTP {status}"}
        raise self._failure(known, fallback)

    def _failure(self, json: dict[str, Any], fallback: str) -> RpcError:
        code, reason, details = json.get("code"), json.get("reason"), json.get("details")
        declared = self.errors.get(reason) if isinstance(reason, str) else None
        kind = declared or RpcError
        if declared is not None and declared._details is not None:
            try:
                details = declared._details.decode(details)
            except (RpcError, TypeError, ValueError, AttributeError):
                kind = RpcError
        return kind(
            code if isinstance(code, str) else fallback,
            str(json.get("error") or "the server failed and did not say why"),
            reason=reason if isinstance(reason, str) else None,
            details=details,
            retryable=json.get("retryable"),
        )

    def _socket(self) -> Opened:
        if self._opened is None:
            raise RpcError("CANCELLED", "the call was cancelled")
        return self._opened

    async def _put(self, data: bytes) -> None:
        writer = self._socket()[1]
        writer.write(data)
        await self._within(writer.drain())

    async def _within(self, work: Awaitable[T], where: str = "") -> T:
        """Waits no longer than the call may take."""
        left = None if self._deadline is None else self._deadline - time.monotonic()
        try:
            return await asyncio.wait_for(work, left)
        except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            if self._deadline is not None and time.monotonic() >= self._deadline - 0.01:
                raise RpcError("DEADLINE_EXCEEDED", f"no answer within {self.timeout} s") from error
            empty = isinstance(error, asyncio.IncompleteReadError) and not error.partial
            self.was_stale = self._reused and not self._has_head and (empty or isinstance(error, OSError))
            raise RpcError("UNAVAILABLE", f"{where}: {error}" if where else f"the connection broke: {error}") from error


def _parsed(text: bytes) -> Any:
    try:
        return _json.loads(text)
    except ValueError as error:
        raise RpcError("UNAVAILABLE", f"the answer is no JSON: {error}") from error
`
