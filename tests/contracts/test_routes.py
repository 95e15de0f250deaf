from __future__ import annotations

from galleria.core.http.access import Access

WITHOUT_A_KEY = {"/api/sessions"}
"""Signing in stores no answer: it would keep tokens in clear."""


def _handlers(application):
    for route in application.routes:
        for handler in getattr(route, "route_handlers", ()):
            if handler.http_methods != {"OPTIONS"} and not route.path.startswith("/api/docs"):
                yield route.path, handler


async def test_every_route_states_who_may_call_it(application):
    """A handler without an access policy cannot get past the start, and there is none."""
    assert all(isinstance(handler.opt.get("access"), Access) for _, handler in _handlers(application))


async def test_routes_of_staff_name_the_store_in_their_path(application):
    """A permission is one in a store, so the store is in the path."""
    wrong = [
        path
        for path, handler in _handlers(application)
        if handler.opt["access"].kind == "staff" and "store_ref" not in path
    ]
    assert not wrong


async def test_every_creating_post_wants_an_idempotency_key(application, api, make_person):
    """A POST that answers 201 is refused without an Idempotency-Key, before it looks at anything else."""
    person = api.acting_as(await make_person())
    creating = [
        path
        for path, handler in _handlers(application)
        if "POST" in handler.http_methods and handler.status_code == 201 and handler.opt["access"].kind == "shopper"
    ]
    assert creating
    for path in creating:
        concrete = path.split("{")[0] if "{" not in path else None
        if concrete and path not in WITHOUT_A_KEY:
            answer = await person.post(path, {}, key="")
            assert answer.status_code in {400, 422}, path


async def test_all_paths_are_below_api(application):
    """One prefix, so that a proxy needs one rule."""
    assert all(path.startswith("/api/") for path, _ in _handlers(application))


async def test_operation_ids_are_unique(application):
    """Two handlers never share an operation id: a client generated from the document would lose one."""
    operations = [
        operation.operation_id
        for item in application.openapi_schema.paths.values()
        for operation in (item.get, item.post, item.put, item.patch, item.delete)
        if operation
    ]
    assert len(operations) == len(set(operations)) > 60
