/** `_codecs.py`: values within messages, by Python's standard library and nothing else. */
export const codecsSource = String.raw`"""Values within messages: from JSON, and back."""

from __future__ import annotations

import base64
import datetime as _dt
import enum
import re
from collections.abc import Callable
from typing import Any, ClassVar, Final


class Unset(enum.Enum):
    """What stands where a value may be None and may be left out too."""

    UNSET = "UNSET"

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset.UNSET

_CODES: Final = {
    "CANCELLED": 1, "UNKNOWN": 2, "INVALID_ARGUMENT": 3, "DEADLINE_EXCEEDED": 4, "NOT_FOUND": 5,
    "ALREADY_EXISTS": 6, "PERMISSION_DENIED": 7, "RESOURCE_EXHAUSTED": 8, "FAILED_PRECONDITION": 9,
    "ABORTED": 10, "OUT_OF_RANGE": 11, "UNIMPLEMENTED": 12, "INTERNAL": 13, "UNAVAILABLE": 14,
    "DATA_LOSS": 15, "UNAUTHENTICATED": 16,
}


class RpcError(Exception):
    """A call that failed.

    code is one of gRPC's names, status_code its number; reason is the name of a declared error, or VALIDATION; details is
    what explains the failure to a program.
    """

    _details: ClassVar[Codec | None] = None

    def __init__(
        self,
        code: str,
        message: str,
        *,
        reason: str | None = None,
        details: Any = None,
        retryable: bool | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code: str = code if code in _CODES else "UNKNOWN"
        self.message: str = message
        self.reason: str | None = reason
        self.details: Any = details
        self.retryable: bool = code == "UNAVAILABLE" if retryable is None else retryable

    @property
    def status_code(self) -> int:
        return _CODES[self.code]


class Codec:
    """From JSON to a value and back; as it is, JSON that is a value already."""

    def __init__(self, *types: type) -> None:
        self.types = types

    def decode(self, json: Any) -> Any:
        return json

    def encode(self, value: Any) -> Any:
        return value

    def fits(self, json: Any) -> bool:
        """Whether JSON may be of this branch of a union."""
        return self.takes(json)

    def takes(self, value: Any) -> bool:
        """Whether a value may be of this branch of a union."""
        if not self.types:
            return True
        if isinstance(value, bool):
            return bool in self.types
        return isinstance(value, self.types) or (float in self.types and isinstance(value, int))


class _Text(Codec):
    """A value that is a string in JSON."""

    def fits(self, json: Any) -> bool:
        if not isinstance(json, str):
            return False
        try:
            return self.encode(self.decode(json)) is not None
        except (TypeError, ValueError):
            return False


class _DateTime(_Text):
    def decode(self, json: Any) -> Any:
        # Python's own reader of ISO 8601 knows neither Z nor more or fewer digits than six, before 3.11.
        text = re.sub(r"[zZ]$", "+00:00", json)
        text = re.sub(r"\.(\d+)", lambda found: "." + found[1][:6].ljust(6, "0"), text)
        return _dt.datetime.fromisoformat(text)

    def encode(self, value: Any) -> Any:
        if not isinstance(value, _dt.datetime):
            raise TypeError(f"{value!r} is no datetime")
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; datetime.now(timezone.utc) has one")
        return value.astimezone(_dt.timezone.utc).isoformat().replace("+00:00", "Z")


class _BigInt(_Text):
    def decode(self, json: Any) -> Any:
        return int(json)

    def encode(self, value: Any) -> Any:
        return str(int(value))


class _Bytes(_Text):
    def decode(self, json: Any) -> Any:
        return base64.b64decode(json, validate=True)

    def encode(self, value: Any) -> Any:
        return base64.b64encode(value).decode("ascii")


class Const(Codec):
    def __init__(self, *values: Any) -> None:
        self.values = values

    def takes(self, value: Any) -> bool:
        return any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in self.values)


class Items(Codec):
    def __init__(self, item: Codec) -> None:
        super().__init__(list, tuple)
        self.item = item

    def decode(self, json: Any) -> Any:
        return [self.item.decode(one) for one in json]

    def encode(self, value: Any) -> Any:
        return [self.item.encode(one) for one in value]

    def fits(self, json: Any) -> bool:
        return isinstance(json, list) and all(self.item.fits(one) for one in json)

    def takes(self, value: Any) -> bool:
        return isinstance(value, (list, tuple)) and all(self.item.takes(one) for one in value)


class Fixed(Codec):
    def __init__(self, *items: Codec) -> None:
        super().__init__(list, tuple)
        self.items = items

    def decode(self, json: Any) -> Any:
        return tuple(item.decode(one) for item, one in zip(self.items, json))

    def encode(self, value: Any) -> Any:
        return [item.encode(one) for item, one in zip(self.items, value)]

    def fits(self, json: Any) -> bool:
        return isinstance(json, list) and self._all(json, "fits")

    def takes(self, value: Any) -> bool:
        return isinstance(value, (list, tuple)) and self._all(value, "takes")

    def _all(self, values: Any, question: str) -> bool:
        return len(values) == len(self.items) and all(
            getattr(item, question)(one) for item, one in zip(self.items, values)
        )


class Values(Codec):
    def __init__(self, value: Codec) -> None:
        super().__init__(dict)
        self.value = value

    def decode(self, json: Any) -> Any:
        return {key: self.value.decode(one) for key, one in json.items()}

    def encode(self, value: Any) -> Any:
        return {str(key): self.value.encode(one) for key, one in value.items()}

    def fits(self, json: Any) -> bool:
        return isinstance(json, dict) and all(self.value.fits(one) for one in json.values())

    def takes(self, value: Any) -> bool:
        return isinstance(value, dict) and all(self.value.takes(one) for one in value.values())


class OneOf(Codec):
    def __init__(self, *branches: Codec) -> None:
        self.branches = branches

    def decode(self, json: Any) -> Any:
        return next((one for one in self.branches if one.fits(json)), ANY).decode(json)

    def encode(self, value: Any) -> Any:
        return next((one for one in self.branches if one.takes(value)), ANY).encode(value)

    def fits(self, json: Any) -> bool:
        return any(one.fits(json) for one in self.branches)

    def takes(self, value: Any) -> bool:
        return any(one.takes(value) for one in self.branches)


class Lazy(Codec):
    """A codec that is known only when all are there."""

    def __init__(self, find: Callable[[], Codec]) -> None:
        self.find = find

    def decode(self, json: Any) -> Any:
        return self.find().decode(json)

    def encode(self, value: Any) -> Any:
        return self.find().encode(value)

    def fits(self, json: Any) -> bool:
        return self.find().fits(json)

    def takes(self, value: Any) -> bool:
        return self.find().takes(value)


ANY: Final = Codec()
NONE: Final = Codec(type(None))
BOOL: Final = Codec(bool)
INT: Final = Codec(int)
FLOAT: Final = Codec(float)
STR: Final = Codec(str)
DATE_TIME: Final = _DateTime(_dt.datetime)
BIG_INT: Final = _BigInt(int)
BYTES: Final = _Bytes(bytes, bytearray)

__all__ = [
    "ANY", "BIG_INT", "BOOL", "BYTES", "Codec", "Const", "DATE_TIME", "FLOAT", "Fixed", "INT", "Items", "Lazy", "NONE",
    "OneOf", "RpcError", "STR", "UNSET", "Unset", "Values",
]
`
