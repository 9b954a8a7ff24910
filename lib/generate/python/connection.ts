/** `_connection.py`: calls over HTTP, by Python's standard library and nothing else. */
export const connectionSource = String.raw`"""Connections and calls: JSON over HTTP/1.1, streams as they come."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json as _json
import re
import ssl as _ssl
from collections.abc import AsyncGenerator, Mapping
from contextvars import ContextVar, Token
from typing import Any, Final, Union
from urllib.parse import urlsplit

from ._exchange import Exchange, Opened
from ._values import ANY, Codec, RpcError

Metadata = Mapping[str, Union[str, bytes]]

# What the web knows under names of its own.
_PLAIN: Final = {"authorization", "traceparent", "tracestate", "baggage", "x-request-id", "idempotency-key"}
_DEFAULT_TIMEOUT: Final = 30.0


class Call:
    """What is said of one call; once it has ended, header and trailer are what the server said beside its answer.

    timeout is in seconds, and 0 is no limit; metadata stands over the connection's own.
    """

    def __init__(
        self,
        *,
        timeout: float | None = None,
        metadata: Metadata | None = None,
        connection: Connection | None = None,
    ) -> None:
        self.timeout = timeout
        self.metadata: Metadata = metadata or {}
        self.connection = connection
        self.header: dict[str, str] = {}
        self.trailer: dict[str, str] = {}


class Method:
    """What is known of a method."""

    def __init__(
        self,
        service: str,
        name: str,
        *,
        input: Codec = ANY,
        output: Codec = ANY,
        streams: bool = False,
        timeout: float | None = None,
        idempotent: bool = False,
        errors: Mapping[str, type[RpcError]] = {},
    ) -> None:
        self.service = service
        self.name = name
        self.input = input
        self.output = output
        self.streams = streams
        self.timeout = timeout
        self.idempotent = idempotent
        self.errors = errors


class Connection:
    """Where calls go: async with Connection("http://127.0.0.1:8080"): ...

    Inside of it the functions of this package call that server. timeout is that of calls answered by one message, in
    seconds; streams have none but their own. Sockets are kept and used again.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8080",
        *,
        timeout: float = _DEFAULT_TIMEOUT,
        metadata: Metadata | None = None,
        ssl: _ssl.SSLContext | None = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or parts.hostname is None:
            raise ValueError(f"{url!r} is no address: write it as http://host:port or https://host:port")
        secure = parts.scheme == "https"
        self.url = url
        self.timeout = timeout
        self.metadata: Metadata = metadata or {}
        self._host = parts.hostname
        self._port = parts.port or (443 if secure else 80)
        self._name = parts.netloc.rpartition("@")[2]
        self._path = parts.path.rstrip("/")
        self._ssl = (ssl or _ssl.create_default_context()) if secure else None
        self._idle: list[Opened] = []
        self._closed = False
        self._tokens: list[Token[Connection | None]] = []

    async def __aenter__(self) -> Connection:
        self._tokens.append(_current.set(self))
        return self

    async def __aexit__(self, *_: object) -> None:
        _current.reset(self._tokens.pop())
        await self.close()

    @classmethod
    def get_current(cls) -> Connection:
        """The connection around the code that asks. Raises RuntimeError where there is none."""
        found = _current.get()
        if found is None:
            raise RuntimeError('no connection: write async with Connection("http://…") around it')
        return found

    async def close(self) -> None:
        """Closes the sockets that no call uses."""
        self._closed = True
        while self._idle:
            _, writer = self._idle.pop()
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        # Those of calls that were cancelled are closed in the loop's next turn.
        await asyncio.sleep(0)

    async def request(
        self, service: str, method: str, payload: Any = None, *, call: Call | None = None
    ) -> Any:
        """Calls a method by its name; payload is JSON, a list for one that takes a stream."""
        return await unary(Method(service, method), payload or {}, _on(self, call))

    def request_stream(
        self, service: str, method: str, payload: Any = None, *, call: Call | None = None
    ) -> AsyncGenerator[Any, None]:
        """Calls a method that answers with a stream."""
        return server_stream(Method(service, method), payload or {}, _on(self, call))

    async def open(self, method: Method, call: Call, fresh: bool = False) -> Exchange:
        """Takes an idle socket or opens one; nothing is sent yet."""
        own = self.timeout if method.timeout is None else method.timeout
        wanted = (0 if method.streams and method.timeout is None else own) if call.timeout is None else call.timeout
        headers = {**_headers({**self.metadata, **call.metadata}), "Host": self._name}
        path = f"{self._path}/{method.service}/{method.name}"
        exchange = Exchange(path, headers, wanted if wanted > 0 else None, call.header, call.trailer)
        exchange.errors = method.errors
        exchange.release = self._keep
        while self._idle and not fresh:
            reader, writer = self._idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                exchange.use((reader, writer), reused=True)
                return exchange
            writer.close()
        if self._closed:
            raise RpcError("CANCELLED", "the connection was closed")
        await exchange.connect(self._host, self._port, self._ssl)
        return exchange

    def _keep(self, opened: Opened) -> None:
        if self._closed or len(self._idle) >= 32:
            opened[1].close()
        else:
            self._idle.append(opened)


_current: ContextVar[Connection | None] = ContextVar("microapi_connection", default=None)


def _on(connection: Connection, call: Call | None) -> Call:
    call = call or Call()
    call.connection = connection
    return call


def _headers(metadata: Metadata) -> dict[str, str]:
    headers: dict[str, str] = {}
    for key, value in metadata.items():
        key = key.lower()
        if isinstance(value, bytes) and key.endswith("-bin"):
            value = base64.b64encode(value).decode("ascii")
        if not re.fullmatch(r"[a-z0-9_.-]+", key):
            raise RpcError("INVALID_ARGUMENT", f"metadata key {key!r}: use letters, digits, - _ and . only")
        if not isinstance(value, str) or not re.fullmatch(r"[\x20-\x7e]*", value):
            raise RpcError(
                "INVALID_ARGUMENT", f"metadata {key}: use printable ASCII, or bytes under a key that ends in -bin"
            )
        headers[f"X-MicroAPI-{key}"] = value
        if key in _PLAIN:
            headers[key] = value
    return headers


def text(json: Any) -> bytes:
    return _json.dumps(json, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def target(call: Call | None) -> tuple[Connection, Call]:
    call = call or Call()
    return call.connection or Connection.get_current(), call


async def unary(method: Method, message: Any, call: Call | None) -> Any:
    """One message each way."""
    connection, call = target(call)
    body = text(method.input.encode(message))
    fresh = False
    while True:
        exchange = await connection.open(method, call, fresh)
        try:
            await exchange.send(body)
            return method.output.decode(await exchange.message())
        except RpcError:
            # The server closed a socket that was idle: what may run twice is sent once more.
            if fresh or not (exchange.was_stale and method.idempotent):
                raise
            fresh = True
        finally:
            exchange.leave()


async def server_stream(method: Method, message: Any, call: Call | None) -> AsyncGenerator[Any, None]:
    """A message, answered by a stream."""
    connection, call = target(call)
    exchange = await connection.open(method, call)
    try:
        await exchange.send(text(method.input.encode(message)))
        async for item in exchange.items():
            yield method.output.decode(item)
    finally:
        exchange.leave()
`
