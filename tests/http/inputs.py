"""What nobody should send: bodies, queries and headers for any operation of the API document, by a seed."""

from __future__ import annotations

import csv
import io
import json
import random
import string
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

from galleria.core.catalog.csv_format import COLUMNS
from galleria.core.ids import new_id
from msgspec import Struct

TEXTS = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "x\udfff",
    "\u202e\u200d",
    "²",
    "٣",
    "x" * 300,
    "茶" * 30_000,
    "%s%n{0}",
    "' OR 1=1 --",
    "../../etc",
    "NaN",
    "null",
    "2026-02-30T25:61:00Z",
    "https://[::1",
)
NUMBERS = (0, -1, 1, 2**31 - 1, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 10**40, 0.5, -0.0, 1e308, 1e15 + 0.5, 10**15)
WRONG: tuple[Any, ...] = (None, True, [], {}, [None], {"": None}, "", 0, -1, 0.5, "x", [[]], {"amount": 1})
QUERY_VALUES = (
    "",
    "0",
    "-1",
    "101",
    "1e3",
    "²",
    "\x00",
    "9" * 30,
    "null",
    "true",
    "x" * 500,
    "[]",
    "e30",
    "MQ",
    "W10=",
)
CURSORS = (
    "bnVsbA",
    "WzEsICJ4Il0",
    "Wzk5OTk5OTk5OTk5OTk5OTk5OTksICIwMTkwMDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDAiXQ",
    "é",
)
MATCHES = (b"", b"*", b'"v1"', b'W/"v1"', b'"v\xb2"', b"v999999999", b"v-1", b'"v1", "v2"', b'"v9999999999999999999"')
CONTENT_TYPES = (
    "",
    "text/plain",
    "text/csv",
    "application/xml",
    "application/json; charset=utf-16",
    "application/json; charset=nonsense",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "application/msgpack",
    "garbage",
)
KEYS = {"opening_hours": ["monday", "sunday", "mon"], "options": ["Colour"], "extra": ["sandbox_pay", "x"]}
"""Names of fields in objects that may have any."""

RAW = (
    b"",
    b"{",
    b"null",
    b"[" * 5000,
    b'{"a":' * 3000,
    b"\xff\xfe\x00",
    b'"\xed\xa0\x80"',
    b'{"a": 1, "a": 2}',
    b"NaN",
    b"1e999",
    b"9" * 5000,
    b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--\r\n",
    b'{"state": "succeeded"}',
    b"amount=-1&amount=x&state=%00",
    b"product_code,sku_code,name_en,price,stock\np1,p1-1,\x00,-1,99999999999999999999\n",
    b"product_code,product_code\n,\n",
    b'product_code,sku_code,name_en,price,stock\n"p1,p1-1\n',
)


class Operation(Struct, frozen=True):
    """One method of one path of the document."""

    method: str
    path: str
    parameters: list[dict[str, Any]]
    body: dict[str, Any] | None


class Sent(Struct, frozen=True):
    """A request as it went out."""

    operation: Operation
    who: str
    url: str
    headers: list[tuple[bytes, bytes]]
    content: bytes


class World(Struct, frozen=True):
    """Who calls (None: nobody is signed in), and the ids of what there is, by the name of a parameter or field."""

    callers: dict[str, Any]
    ids: dict[str, list[Any]]
    cart_token: str


class Fuzzer:
    """Makes requests from the document: some as it wants them, most with something wrong."""

    def __init__(self, document: Mapping[str, Any], seed: int) -> None:
        self.components = document["components"]["schemas"]
        self.operations = list(operations_of(document))
        self.rng = random.Random(seed)
        self.ids: dict[str, list[Any]] = {}

    def request(self, operation: Operation, who: str, world: World) -> Sent:
        self.ids = world.ids
        path = operation.path
        for parameter in operation.parameters:
            if parameter["in"] == "path":
                value = self._path_value(parameter)
                path = path.replace("{" + parameter["name"] + "}", quote(value, safe="", errors="surrogatepass"))
        content, content_type = self._body(operation)
        headers = self._headers(world, who, content_type)
        return Sent(operation, who, path + self._query(operation), headers, content)

    def _path_value(self, parameter: dict[str, Any]) -> str:
        if self._once_in(20):
            return self.rng.choice(TEXTS)[:2000] or "0"
        return str(self._value(parameter["schema"], parameter["name"], 0))[:2000] or "0"

    def _query(self, operation: Operation) -> str:
        pairs = []
        for parameter in operation.parameters:
            if parameter["in"] == "query" and self._once_in(2):
                pairs += [(parameter["name"], self._query_value(parameter))] * (2 if self._once_in(15) else 1)
        if self._once_in(15):
            pairs.append((self.rng.choice(TEXTS)[:50], "1"))
        joined = "&".join(
            f"{quote(name, errors='surrogatepass')}={quote(value, errors='surrogatepass')}" for name, value in pairs
        )
        return f"?{joined}" if joined else ""

    def _query_value(self, parameter: dict[str, Any]) -> str:
        if parameter["name"] == "cursor" and self._once_in(2):
            return self.rng.choice(CURSORS)
        if self._once_in(4):
            return self.rng.choice(QUERY_VALUES)
        return str(self._value(parameter["schema"], parameter["name"], 0))[:2000]

    def _headers(self, world: World, who: str, content_type: str) -> list[tuple[bytes, bytes]]:
        key = self.rng.choice(
            [uuid4().hex.encode()] * 8 + [b"", b"k", b"\xb2" * 16, b"k" * 201, b"the same key as ever"]
        )
        match = self.rng.choice(MATCHES) if self._once_in(4) else b'"v%d"' % self.rng.randint(0, 4)
        headers = [(b"Idempotency-Key", key), (b"If-Match", match)]
        if content_type:
            headers.append((b"Content-Type", content_type.encode()))
        if self._once_in(3) or who == "anonymous":
            headers.append((b"X-Cart-Token", self.rng.choice([world.cart_token.encode()] * 4 + [b"x", b"\xff", b""])))
        if self._once_in(8):
            headers.append(
                self.rng.choice(
                    [
                        (b"Accept-Language", b"zh;q=\xb2, *;q=nan, en;q=inf"),
                        (b"If-None-Match", b'W/"\xff", *'),
                        (b"X-Forwarded-For", b"\xff, ::1%eth0"),
                        (b"User-Agent", b"\xff" * 3000),
                        (b"X-Request-ID", b"\xff"),
                        (b"Accept", b"\xff/*;q=x"),
                        (b"Cookie", b"\xff=;=;"),
                    ]
                )
            )
        return headers

    def _body(self, operation: Operation) -> tuple[bytes, str]:
        if operation.method in ("GET", "DELETE"):
            return b"", ""
        content_type = "application/json" if not self._once_in(20) else self.rng.choice(CONTENT_TYPES)
        if operation.path.endswith("/imports") and not self._once_in(3):
            return self._sheet(), "text/csv"
        if operation.path.endswith("/settle") and self._once_in(2):
            return b'{"state": "succeeded"}', "application/json"
        if operation.body is None:
            return self.rng.choice([b"", b"{}", *RAW]), self.rng.choice([content_type, *CONTENT_TYPES])
        if self._once_in(20):
            return self.rng.choice(RAW), content_type
        known = self.ids.get(operation.body.get("$ref", "").rsplit("/", 1)[-1])
        made = self.rng.choice(known) if known and self._once_in(2) else self._value(operation.body, "", 0)
        for _ in range(self.rng.choice([0, 0, 0, 1, 1, 1, 2, 5])):
            made = self._spoilt(made)
        return json.dumps(made).encode(), content_type

    def _sheet(self) -> bytes:
        """A catalog file whose rows are good but for a cell or two."""
        good = {"product_code": "p1", "name_zh": "茶", "price": "10", "stock": "5", "status": "on_sale"}
        rows = [list(COLUMNS)]
        for number in range(self.rng.randint(1, 3)):
            row = {**dict.fromkeys(COLUMNS, ""), **good, "sku_code": f"p1-{number}", "options": f"size={number}"}
            for column in self.rng.sample(COLUMNS, self.rng.choice([0, 0, 1, 2])):
                row[column] = str(self.rng.choice([self.rng.choice(TEXTS), self.rng.choice(NUMBERS)]))
            rows.append(list(row.values()))
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        return text.getvalue().encode(errors="surrogatepass")

    def _value(self, schema: dict[str, Any], name: str, depth: int) -> Any:
        """What the schema allows; ids, where they are known by this name, are those of existing things."""
        if "$ref" in schema:
            return self._value(self.components[schema["$ref"].rsplit("/", 1)[-1]], name, depth + 1)
        if "oneOf" in schema:
            choice = self.rng.choice(schema["oneOf"])
            return self._value({k: v for k, v in schema.items() if k != "oneOf"} | choice, name, depth)
        kind = schema.get("type")
        known = [
            value for value in self.ids.get(name, ()) if kind == ("string" if isinstance(value, str) else "object")
        ]
        if known and not self._once_in(8):
            return self.rng.choice(known)
        if "enum" in schema:
            return self.rng.choice(schema["enum"])
        made: Callable[[dict[str, Any], str, int], Any] = {
            "object": self._object,
            "array": self._array,
            "integer": self._number,
            "number": self._number,
            "boolean": lambda *_: self.rng.choice([True, False]),
            "null": lambda *_: None,
        }.get(str(kind), self._text)
        return made(schema, name, depth)

    def _object(self, schema: dict[str, Any], name: str, depth: int) -> Any:
        required = set(schema.get("required", ()))
        fields = schema.get("properties", {})
        kept = {key: item for key, item in fields.items() if key in required or self._once_in(2)}
        if "additionalProperties" in schema and not fields:
            key = self.rng.choice(KEYS.get(name, ["en", "zh-CN"]))
            return {key: self._value(schema["additionalProperties"] or {"type": "string"}, name, depth + 1)}
        return {key: self._value(item, key, depth + 1) for key, item in kept.items()}

    def _array(self, schema: dict[str, Any], name: str, depth: int) -> Any:
        most = min(schema.get("maxItems", 3), 3)
        count = self.rng.randint(min(schema.get("minItems", 0), most), most)
        return [self._value(schema["items"], name, depth + 1) for _ in range(count)]

    def _number(self, schema: dict[str, Any], name: str, depth: int) -> Any:
        low, high = int(schema.get("minimum", 0)), int(schema.get("maximum", 5000))
        return self.rng.choice([low, high, low + 1, 1, 2, 1999, self.rng.randint(low, max(low, min(high, 100)))])

    def _text(self, schema: dict[str, Any], name: str, depth: int) -> Any:
        if schema.get("format") == "uuid":
            return str(self.rng.choice([uuid4(), new_id(), UUID(int=0), UUID(int=2**128 - 1)]))
        if self._once_in(8):
            return self.rng.choice(TEXTS)
        return "".join(self.rng.choices(string.ascii_lowercase, k=self.rng.randint(3, 12)))

    def _spoilt(self, value: Any) -> Any:
        """One thing in it is wrong: missing, unknown, of another type, of an unlikely size."""
        if isinstance(value, dict) and value and not self._once_in(4):
            key = self.rng.choice(list(value))
            return {**value, key: self._spoilt(value[key])}
        if isinstance(value, list) and value and not self._once_in(4):
            place = self.rng.randrange(len(value))
            return [*value[:place], self._spoilt(value[place]), *value[place + 1 :]]
        if isinstance(value, dict) and self._once_in(2):
            if value and self._once_in(2):
                return {key: item for key, item in value.items() if key != self.rng.choice(list(value))}
            return {
                **value,
                self.rng.choice(["unknown", "store", "locale", "caller", *TEXTS[:6]]): self.rng.choice(WRONG),
            }
        if isinstance(value, list) and value and self._once_in(2):
            return value * (self.rng.choice([2, 300]) if len(json.dumps(value)) < 5000 else 2)
        return self._odd()

    def _odd(self) -> Any:
        if self._once_in(10):
            nested: Any = None
            for _ in range(self.rng.choice([40, 900])):
                nested = [nested] if self._once_in(2) else {"a": nested}
            return nested
        return self.rng.choice([self.rng.choice(TEXTS), self.rng.choice(NUMBERS), self.rng.choice(WRONG)])

    def _once_in(self, number: int) -> bool:
        return self.rng.randrange(number) == 0


def operations_of(document: Mapping[str, Any]) -> Iterator[Operation]:
    """Every operation of an API document, by path and method."""
    for path, item in sorted(document["paths"].items()):
        for method, found in sorted(item.items()):
            contents = found.get("requestBody", {}).get("content", {})
            schema = next((content.get("schema") for content in contents.values()), None)
            yield Operation(method.upper(), path, found.get("parameters", []), schema)
