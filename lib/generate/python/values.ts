/** `_values.py`: what the classes of messages are made of, by Python's standard library and nothing else. */
export const valuesSource = String.raw`"""Messages: from JSON to instances of classes, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, TypeVar

from ._codecs import *
from ._codecs import UNSET, Codec, RpcError


class Field:
    """A property: its name in JSON and in Python, and what stands in it."""

    def __init__(self, key: str, name: str, codec: Codec, required: bool = True) -> None:
        self.key = key
        self.name = name
        self.codec = codec
        self.required = required


class Message:
    """A class whose instances travel as JSON objects."""

    _fields: ClassVar[tuple[Field, ...]] = ()
    _others: ClassVar[Codec | None] = None

    @classmethod
    def from_json(cls: type[M], json: Mapping[str, Any]) -> M:
        """Reads JSON that was parsed. Raises RpcError where it is none of this class."""
        if not isinstance(json, dict):
            raise _mismatch(cls, "is no object")
        values: dict[str, Any] = {}
        for one in cls._fields:
            if one.key in json:
                values[one.name] = _decoded(cls, one, json[one.key])
            elif one.required:
                raise _mismatch(cls, f"lacks {one.key}")
        if cls._others is not None:
            known = {one.key for one in cls._fields}
            values["additional_properties"] = {
                key: cls._others.decode(one) for key, one in json.items() if key not in known
            }
        return cls(**values)

    def to_json(self) -> dict[str, Any]:
        """The message as JSON has it, ready for json.dumps."""
        json: dict[str, Any] = {}
        if self._others is not None:
            for key, value in getattr(self, "additional_properties").items():
                json[key] = self._others.encode(value)
        for one in self._fields:
            value = getattr(self, one.name)
            if value is UNSET or (value is None and not one.required and not one.codec.takes(None)):
                continue
            json[one.key] = one.codec.encode(value)
        return json


M = TypeVar("M", bound=Message)


class Of(Codec):
    """A message within another."""

    def __init__(self, cls: type[Message]) -> None:
        super().__init__(cls)
        self.cls = cls

    def decode(self, json: Any) -> Any:
        return self.cls.from_json(json)

    def encode(self, value: Any) -> Any:
        if not isinstance(value, self.cls):
            raise TypeError(f"{value!r} is no {self.cls.__name__}")
        return value.to_json()

    def fits(self, json: Any) -> bool:
        return isinstance(json, dict) and all(
            one.codec.fits(json[one.key]) if one.key in json else not one.required for one in self.cls._fields
        )


def build(cls: type[M], values: Mapping[str, Any]) -> M:
    """Makes a message of what was not left out."""
    return cls(**{name: value for name, value in values.items() if value is not UNSET})


def made(find: Callable[[], Codec], json: Any) -> Callable[[], Any]:
    """Makes a default anew for each message."""
    return lambda: find().decode(json)


def describe(cls: type[Message], fields: Iterable[Field], others: Codec | None = None) -> None:
    """Says how a class travels, once all that it may hold is there."""
    cls._fields = tuple(fields)
    cls._others = others


def _decoded(cls: type[Message], field: Field, json: Any) -> Any:
    try:
        return field.codec.decode(json)
    except (TypeError, ValueError, AttributeError) as error:
        raise _mismatch(cls, f"has a wrong {field.key}: {error}") from error


def _mismatch(cls: type[Message], why: str) -> RpcError:
    return RpcError("INTERNAL", f"the server sent what the contract forbids: {cls.__name__} {why}")
`
