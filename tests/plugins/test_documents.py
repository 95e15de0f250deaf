"""What the API document of a store has, and names that cannot stand in one document."""

from __future__ import annotations

from enum import Enum
from uuid import uuid4

import pytest
from galleria.core.errors import PluginConflict
from galleria.core.http.access import PUBLIC
from galleria.core.http.documents import MOST, Documents, narrowed
from galleria.core.http.schemas import Page
from galleria.core.testing.client import ok
from galleria.core.testing.factories import enable_plugin
from galleria.hookspecs import Routes, hookimpl
from litestar import get
from msgspec import Struct, defstruct

from .inline import plugin


def shape(title, **fields):
    return defstruct(title, list(fields.items()), module=f"galleria_{uuid4().hex[:6]}.schemas")


def shower(name, *, mall=None, store=None, path="/show", operation_id=None, handler=None):
    """A plugin that answers with these shapes in the mall and in stores."""

    def route(answer):
        async def show():
            raise AssertionError("nobody calls it")

        show.__annotations__["return"] = answer
        return get(path, access=PUBLIC, operation_id=operation_id, name=handler)(show)

    @hookimpl
    def register_routes(ctx):
        return Routes(mall=[route(mall)] if mall else [], store=[route(store)] if store else [])

    return plugin(name, register_routes=register_routes)


async def fetched(found, shop):
    return ok(await found.api.get(f"{shop.path}/openapi.json"))


async def test_a_stores_document_has_what_can_be_called_there(process, name, make_shop):
    """Core always; a plugin's store routes where it is on; its mall routes where it is on for the mall."""
    tag = uuid4().hex[:6]
    found = process(
        shower(name, mall=shape(f"Mine{tag}", a=int), store=Page[shape(f"Yours{tag}", b=shape(f"In{tag}", c=str))])
    )
    here, there = await make_shop(), await make_shop()
    in_store, in_mall = f"/api/stores/{{store_ref}}/{name}/show", f"/api/plugins/{name}/show"
    combined = found.api.http._transport.app.state.documents.combined()
    assert {in_store, in_mall} <= set(combined["paths"])
    await enable_plugin(found.mall, name, here)
    ours, theirs = await fetched(found, here), await fetched(found, there)
    assert set(combined["paths"]) - set(ours["paths"]) == {in_mall}
    assert set(combined["paths"]) - set(theirs["paths"]) == {in_store, in_mall}
    assert {f"Yours{tag}", f"In{tag}"} == {one for one in ours["components"]["schemas"] if one.endswith(tag)}
    assert [one for one in theirs["components"]["schemas"] if tag in one] == []
    await enable_plugin(found.mall, name)
    assert in_mall in (await fetched(found, there))["paths"]


async def test_every_reference_of_a_stores_document_leads_somewhere(api, make_shop):
    """No shape is missing that is used, and none is there that is not."""
    document = ok(await api.get(f"{(await make_shop()).path}/openapi.json"))
    schemas = document["components"]["schemas"]
    assert len(schemas) > 50
    assert narrowed(document, {}, {"store": frozenset(), "mall": frozenset()}) == document
    text = str(document)
    assert [one for one in schemas if f"'#/components/schemas/{one}'" not in text] == []


async def test_a_document_that_is_known_is_not_sent_again(process, name, make_shop):
    """304 by its ETag, until a plugin is switched; stores with the same plugins share one."""
    found, shop, other = process(shower(name, store=shape("Show", a=int))), await make_shop(), await make_shop()
    path = f"{shop.path}/openapi.json"
    tag = (await found.api.get(path)).headers["etag"]
    assert not tag.startswith("W/")
    assert (await found.api.get(f"{other.path}/openapi.json")).headers["etag"] == tag
    same = await found.api.having(If_None_Match=tag).get(path)
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    await enable_plugin(found.mall, name, shop)
    changed = await found.api.having(If_None_Match=tag).get(path)
    assert (changed.status_code, changed.headers["etag"] != tag) == (200, True)
    assert (await found.api.having(If_None_Match=tag).get(f"{other.path}/openapi.json")).status_code == 304


def test_documents_are_kept_by_what_is_on():
    """One for each set of plugins, the least used dropped; the combined one is built once."""
    built = []
    documents = Documents(lambda: built.append(1) or {"paths": {}, "tags": []})
    on = [{"store": frozenset({str(number)}), "mall": frozenset()} for number in range(MOST + 1)]
    first = documents.of({}, on[0])
    assert documents.of({}, {**on[0]}) is first
    for one in on[1:]:
        documents.of({}, one)
    assert documents.of({}, on[0]) is not first
    assert built == [1]


@pytest.fixture
def pair(process, name):
    """Loads two plugins made with these arguments."""

    def make(first, second):
        return process(shower(f"{name}_a", **first), shower(f"{name}_b", **second))

    return make


def test_two_shapes_of_one_name_stop_the_start(pair, name):
    """Litestar would rename both, so that each plugin's document depended on the other; the message names both."""
    both = rf"'Leaf' is claimed by {name}_a .* and {name}_b .*Rename one"
    with pytest.raises(PluginConflict, match=both):
        pair({"store": shape("Leaf", a=int)}, {"mall": Page[shape("Tree", leaf=shape("Leaf", a=str) | None)]})


def test_a_shape_named_like_one_of_core_stops_the_start(process, name):
    """Core's name would change for every client."""
    with pytest.raises(PluginConflict, match=rf"'StoreCard' is claimed by core \(.*\) and {name}"):
        process(shower(name, store=list[shape("StoreCard", a=int)]))


def test_enumerations_of_one_name_stop_the_start(pair):
    """They are components of the document too."""
    with pytest.raises(PluginConflict, match="'Colour' is claimed by"):
        pair({"store": Enum("Colour", {"RED": "red"})}, {"store": Enum("Colour", {"BLUE": "blue"})})


def test_shapes_that_say_the_same_may_share_a_name(pair):
    """Nobody is misled by them."""
    assert pair({"store": shape("Leaf", a=int)}, {"store": shape("Leaf", a=int)})


def test_shapes_inside_one_plugin_are_its_own_matter(process, name):
    """Their long names depend on nobody else."""
    assert process(shower(name, store=shape("Leaf", a=int), mall=shape("Leaf", a=str)))


def test_two_operations_of_one_id_stop_the_start(pair, name):
    """A client that is generated from the document would lose one of them."""
    answer = {"store": shape("Leaf", a=int), "operation_id": "show_it"}
    both = rf"'show_it' is claimed by {name}_a .*\(GET .*\) and {name}_b .*\(GET .*\)"
    with pytest.raises(PluginConflict, match=both):
        pair(answer, answer)


def test_an_operation_named_like_one_of_core_stops_the_start(process, name):
    """The message names core and the plugin."""
    with pytest.raises(PluginConflict, match=rf"claimed by core \(GET /api/stores\) and {name}"):
        process(shower(name, store=int, operation_id="get_stores"))


def test_one_route_twice_in_a_plugin_stops_the_start(process, name):
    """The message names the plugin and the path."""
    first, second = (get("/twice", access=PUBLIC)(handler) for handler in (_answer("first"), _answer("second")))

    @hookimpl
    def register_routes(ctx):
        return Routes(store=[first, second])

    with pytest.raises(PluginConflict, match=rf"GET .*/{name}/twice is claimed twice by {name} "):
        process(plugin(name, register_routes=register_routes))


def _answer(text):
    async def handler() -> str:
        return text

    return handler


def test_a_route_of_core_stops_the_start(process):
    """A plugin that is named like a part of core's addresses may meet one of them."""
    with pytest.raises(PluginConflict, match=r"GET /api/stores/\{store_ref:str\}/branches belongs to core.*branches"):
        process(shower("branches", store=int, path="/"))


def test_two_handlers_of_one_name_stop_the_start(pair, name):
    """Litestar's own names of handlers are shared by all."""
    answer = {"store": int, "handler": "show"}
    with pytest.raises(PluginConflict, match=rf"'show' belongs to {name}_a .*, and {name}_b"):
        pair(answer, answer)


class Nothing(Struct):
    """No field."""


def test_one_class_in_two_plugins_is_one_shape(pair):
    """What both have from a library, or from core, is the same thing."""
    assert pair({"store": Nothing}, {"store": list[Nothing]})
