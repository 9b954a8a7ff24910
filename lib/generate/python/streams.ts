/** `_streams.py`: streams of messages to a server. */
export const streamsSource = String.raw`"""Streams of messages to a server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Generic, TypeVar

from ._connection import Call, Method, target, text
from ._exchange import Exchange
from ._values import RpcError

I = TypeVar("I")
O = TypeVar("O")


class _Sending(Generic[I]):
    """A stream of messages to the server. Nothing is sent until the first of them, or end()."""

    _answers_once = True

    def __init__(self, method: Method, call: Call | None) -> None:
        self._method = method
        self._call = call
        self._exchange: Exchange | None = None
        self._head: asyncio.Task[None] | None = None
        self._first = True
        self._ended = False

    async def send_message(self, message: I) -> None:
        """Sends one message; waits while the server has no room for it. Raises RpcError once the call has failed."""
        if self._ended:
            raise RuntimeError("the stream has ended: nothing can be sent behind end()")
        exchange = await self._opened()
        item = text(self._method.input.encode(message))
        await self._write(exchange, item if self._first else b",\n" + item)
        self._first = False

    async def cancel(self) -> None:
        """Ends the call on both sides."""
        self._ended = True
        if self._head is not None:
            self._head.cancel()
        if self._exchange is not None:
            self._exchange.leave()

    async def __aexit__(self, *_: object) -> None:
        await self.cancel()

    async def _opened(self) -> Exchange:
        if self._exchange is None:
            connection, call = target(self._call)
            self._exchange = await connection.open(self._method, call, fresh=True)
            await self._exchange.send(None)
            await self._exchange.write(b"[")
            self._head = asyncio.ensure_future(self._exchange.head())
            # Whoever leaves early does not want to know.
            self._head.add_done_callback(lambda head: head.cancelled() or head.exception())
        return self._exchange

    async def _write(self, exchange: Exchange, data: bytes, last: bool = False) -> None:
        try:
            await self._written(exchange, data, last)
        except RpcError:
            await self.cancel()
            raise

    async def _written(self, exchange: Exchange, data: bytes, last: bool) -> None:
        head = self._head
        assert head is not None
        # What the server has said meanwhile is read first: a socket that it has closed loses what was not.
        for _ in range(3):
            await asyncio.sleep(0)
        if head.done():
            await head
            if self._answers_once:
                # It was answered before its end: what more there is, nobody reads.
                return
        try:
            await exchange.write(data, last)
        except RpcError:
            # It may have said why.
            await head
            raise

    async def _finish(self) -> Exchange:
        exchange = await self._opened()
        if not self._ended:
            self._ended = True
            await self._write(exchange, b"]", last=True)
        return exchange


class ClientStream(_Sending[I], Generic[I, O]):
    """A stream of messages, answered by one: send() as often as you like, then end()."""

    async def __aenter__(self: S) -> S:
        return self

    async def end(self) -> O:
        """Sends no more, and waits for the answer."""
        try:
            exchange = await self._finish()
            assert self._head is not None
            await self._head
            answer: O = self._method.output.decode(await exchange.message())
            return answer
        finally:
            await self.cancel()


class BidiStream(_Sending[I], Generic[I, O], AsyncIterator[O]):
    """A stream each way: send() and next() in any order; end() when nothing more is to be sent."""

    _answers_once = False
    _items: AsyncGenerator[Any, None] | None = None

    async def __aenter__(self: S) -> S:
        return self

    async def end(self) -> None:
        """Sends no more; the answers go on."""
        await self._finish()

    async def next(self) -> O | None:
        """The next answer; None behind the last one."""
        exchange = await self._opened()
        assert self._head is not None
        try:
            await self._head
            if self._items is None:
                self._items = exchange.items()
            async for item in self._items:
                answer: O = self._method.output.decode(item)
                return answer
        except RpcError:
            await self.cancel()
            raise
        await self.cancel()
        return None

    def __aiter__(self) -> BidiStream[I, O]:
        return self

    async def __anext__(self) -> O:
        answer = await self.next()
        if answer is None:
            raise StopAsyncIteration
        return answer


S = TypeVar("S", bound=_Sending[Any])
`
