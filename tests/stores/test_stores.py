from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from galleria.core.ids import new_id
from galleria.core.storage import db
from galleria.core.stores import queries, service
from galleria.core.stores.invariants import INVARIANTS
from galleria.core.testing.client import ok, problem


@pytest.fixture
async def operator(api, make_person):
    """A client of the mall's operator."""
    return api.acting_as(await make_person(operator=True))


@pytest.fixture
async def owner(make_person):
    return await make_person()


@pytest.fixture
def new_store(owner):
    """The body that opens a store."""

    def make(**changed):
        body = {
            "slug": f"tea-{uuid4().hex[:8]}",
            "name": {"zh-CN": "茶馆", "en": "Tea house"},
            "currency": "CNY",
            "owner_id": str(owner.id),
        }
        return body | changed

    return make


def tag(version):
    return {"If_Match": f'"v{version}"'}


async def test_the_operator_opens_a_store(api, operator, owner, new_store):
    """A new store is open, has a default warehouse in its time zone, and its owner works there."""
    made = ok(await operator.post("/api/mall/stores", new_store(time_zone="Europe/Berlin", shipping_fee=800)), 201)
    assert (made["state"], made["version"], made["currency"]) == ("open", 1, "CNY")
    assert made["shipping_fee"] == {"amount": 800, "currency": "CNY"}
    (warehouse,) = await queries.locations(UUID(made["id"]))
    assert str(warehouse.id) == made["default_location_id"]
    assert (warehouse.kind, warehouse.name, warehouse.time_zone) == ("warehouse", "主仓库", "Europe/Berlin")
    (mine,) = ok(await api.acting_as(owner).get("/api/me/stores"))["items"]
    assert (mine["id"], mine["role"]) == (made["id"], "owner")
    assert "store.edit" in mine["permissions"]
    found = [row["id"] for invariant in INVARIANTS for row in await db.fetch(invariant.sql)]
    assert UUID(made["id"]) not in found


async def test_only_the_operator_opens_stores(api, owner, new_store):
    """Neither strangers nor owners of other stores open one."""
    problem(await api.post("/api/mall/stores", new_store()), 401, "unauthenticated")
    problem(await api.acting_as(owner).post("/api/mall/stores", new_store()), 403, "forbidden")
    problem(await api.acting_as(owner).get("/api/mall/stores"), 403, "forbidden")


async def test_a_slug_is_taken_once(operator, new_store):
    """A second store under one slug is refused; the same request repeated is the same store."""
    body = new_store()
    first = ok(await operator.post("/api/mall/stores", body, key="once"), 201)
    assert ok(await operator.post("/api/mall/stores", body, key="once"), 201) == first
    problem(await operator.post("/api/mall/stores", body), 409, "slug_taken")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"slug": "No Good"}, "invalid_slug"),
        ({"currency": "yen"}, "invalid_currency"),
        ({"name": {}}, "invalid_name"),
        ({"logo_url": "javascript:alert(1)"}, "invalid_url"),
        ({"time_zone": "Mars/Olympus"}, "invalid_time_zone"),
        ({"locale": "tlh"}, "invalid_locale"),
        ({"owner_id": str(uuid4())}, "unknown_account"),
        ({"shipping_fee": -1}, "invalid"),
        ({"tax_rate_ppm": 1_000_001}, "invalid"),
        ({"state": "closed"}, "invalid"),
        ({"name": {"en": "nul\u0000"}}, "invalid"),
    ],
)
async def test_a_store_that_cannot_be_is_refused(operator, new_store, changed, code):
    """Values are checked, and unknown fields are refused."""
    problem(await operator.post("/api/mall/stores", new_store(**changed)), 422, code)


async def test_staff_edit_the_version_that_they_saw(api, make_shop, make_member):
    """An edit names its version: without one 428, with an old one 412, and what is left out stays."""
    shop = await make_shop()
    clerk = api.acting_as(await make_member(shop, "store.edit"))
    path = f"{shop.path}/staff/profile"
    seen = await clerk.get(path)
    assert seen.headers["etag"] == '"v1"'
    problem(await clerk.patch(path, {"story": {"en": "Since 1902"}}), 428, "version_required")
    edited = ok(await clerk.having(**tag(1)).patch(path, {"story": {"en": "Since 1902"}, "shipping_fee": 500}))
    assert (edited["version"], edited["story"]) == (2, {"en": "Since 1902"})
    assert edited["name"] == ok(seen)["name"]
    stale = problem(await clerk.having(**tag(1)).patch(path, {"shipping_fee": 0}), 412, "version_mismatch")
    assert stale["version"] == 2
    assert ok(await clerk.get(path))["shipping_fee"]["amount"] == 500


@pytest.mark.parametrize("field", ["currency", "slug", "is_brand", "is_featured", "position", "state", "id"])
async def test_staff_cannot_change_what_is_not_theirs(api, make_shop, field):
    """The currency is for good, and the mall decides whom it features."""
    shop = await make_shop()
    sent = await api.acting_as(shop.owner).having(**tag(1)).patch(f"{shop.path}/staff/profile", {field: "USD"})
    problem(sent, 422, "invalid")


async def test_other_peoples_staff_cannot_edit(api, make_shop, make_member):
    """The permission counts in its own store alone."""
    shop, other = await make_shop(), await make_shop()
    for stranger in (other.owner, await make_member(other, "store.edit"), await make_member(shop, "stock.write")):
        sent = await api.acting_as(stranger).having(**tag(1)).patch(f"{shop.path}/staff/profile", {})
        problem(sent, 403, "forbidden")


async def test_the_operator_names_brands_and_features_stores(api, operator, make_shop):
    """品牌专区 and 特色店铺 are lists that the operator fills; position sorts them."""
    shop = await make_shop()
    path = f"/api/mall/stores/{shop.slug}"
    sent = {"is_brand": True, "is_featured": True, "position": -5}
    edited = ok(await operator.having(**tag(1)).patch(path, sent))
    assert (edited["is_brand"], edited["is_featured"], edited["position"]) == (True, True, -5)
    problem(await operator.having(**tag(1)).patch(path, sent), 412, "version_mismatch")
    problem(await api.acting_as(shop.owner).having(**tag(2)).patch(path, sent), 403, "forbidden")


async def test_a_closed_store_leaves_the_list_but_can_be_seen(api, make_shop):
    """Closing takes a store out of the list; its page says that it is closed; opening brings it back."""
    shop = await make_shop()
    owner, search = api.acting_as(shop.owner), f"/api/stores?q={shop.slug}"
    assert [one["slug"] for one in ok(await api.get(search))["items"]] == [shop.slug]
    for _ in range(2):
        closed = ok(await owner.post(f"{shop.path}/staff/close"))
        assert (closed["state"], closed["version"]) == ("closed", 2)
    assert ok(await api.get(search))["items"] == []
    assert ok(await api.get(shop.path))["state"] == "closed"
    assert ok(await owner.post(f"{shop.path}/staff/open"))["version"] == 3
    assert len(ok(await api.get(search))["items"]) == 1


async def test_a_store_is_read_in_the_callers_language_by_id_or_slug(api, make_shop):
    """Shoppers get one text; id and slug name the same store; an unknown one is not found."""
    shop = await make_shop()
    english = ok(await api.having(Accept_Language="en-GB").get(shop.path))
    assert english["name"] == f"Shop {shop.slug}"
    assert ok(await api.get(f"/api/stores/{shop.id}"))["name"] == f"店 {shop.slug}"
    assert "version" not in english
    problem(await api.get(f"/api/stores/{new_id()}"), 404, "store_not_found")
    problem(await api.get("/api/stores/no-such-store"), 404, "store_not_found")


async def test_a_store_that_has_not_changed_is_not_sent_again(api, make_shop):
    """The ETag of a store answers 304, in the same language alone."""
    shop = await make_shop()
    etag = (await api.get(shop.path)).headers["etag"]
    assert (await api.having(If_None_Match=etag).get(shop.path)).status_code == 304
    assert (await api.having(If_None_Match=etag, Accept_Language="en").get(shop.path)).status_code == 200


async def test_stores_are_listed_in_the_malls_order(api, operator, make_shop):
    """Pages follow the position, then the age, and filters leave brands or featured stores."""
    mark = uuid4().hex[:10]
    shops = [await make_shop() for _ in range(4)]
    for position, shop in zip((3, 1, 2, 1), shops, strict=True):
        details = {"is_brand": shop is not shops[0], "is_featured": shop is shops[0], "position": position}
        ok(await operator.having(**tag(1)).patch(f"/api/mall/stores/{shop.slug}", details))
        named = {"name": {"en": f"50%_{mark}"}}
        ok(await api.acting_as(shop.owner).having(**tag(2)).patch(f"{shop.path}/staff/profile", named))
    seen, cursor = [], ""
    while cursor is not None:
        query = f"/api/stores?q={mark.upper()}&limit=1" + (f"&cursor={cursor}" if cursor else "")
        page = ok(await api.get(query))
        seen += [one["slug"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert seen == [shops[number].slug for number in (1, 3, 2, 0)]
    brands = ok(await api.get(f"/api/stores?q={mark}&brand=true"))["items"]
    assert len(brands) == 3
    featured = ok(await api.get(f"/api/stores?q={mark}&featured=true"))["items"]
    assert [one["slug"] for one in featured] == [shops[0].slug]


async def test_a_search_takes_wildcards_for_what_they_are(api, make_shop):
    """`%`, `_` and `\\` in a search stand for themselves."""
    shop = await make_shop()
    sent = {"name": {"en": f"100% \\ {shop.slug}"}}
    ok(await api.acting_as(shop.owner).having(**tag(1)).patch(f"{shop.path}/staff/profile", sent))
    hit = ok(await api.get("/api/stores", params={"q": f"% \\ {shop.slug}"}))["items"]
    assert [one["slug"] for one in hit] == [shop.slug]
    for text in (f"_ \\ {shop.slug}", f"%%{shop.slug}", f"{shop.slug}\\"):
        assert ok(await api.get("/api/stores", params={"q": text}))["items"] == []


async def test_the_operator_sees_closed_stores_too(operator, make_shop):
    """The operator's list has every store, and can be narrowed."""
    shop = await make_shop(state="closed")
    for query, count in (("", 1), ("&closed=true", 1), ("&closed=false", 0)):
        found = ok(await operator.get(f"/api/mall/stores?q={shop.slug}{query}"))["items"]
        assert len(found) == count


@pytest.mark.parametrize("query", ["cursor=x", "limit=0", "limit=101", "brand=maybe", "q="])
async def test_a_query_that_cannot_be_is_refused(api, query):
    """Lists take limits from 1 to 100, their own cursors and known values."""
    sent = await api.get(f"/api/stores?{query}")
    assert sent.status_code == 422, sent.text


async def test_services_check_what_they_are_given(mall, owner):
    """Callers other than HTTP are held to the same rules."""
    with pytest.raises(Exception, match="small letters"):
        await service.create_store(mall, slug="No Good", name={"en": "x"}, currency="CNY", owner_id=owner.id)
