"""The commands as a person runs them, each in a process of its own, on a database of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def environment(addresses):
    """The variables of a migrated, empty mall."""
    name = f"cli_{uuid4().hex[:8]}"
    link = await asyncpg.connect(addresses.database_url)
    await link.execute(f"CREATE DATABASE {name}")
    found = {
        **os.environ,
        "GALLERIA_DATABASE_URL": addresses.database_url.replace("/galleria?", f"/{name}?"),
        "GALLERIA_REDIS_URL": addresses.redis_url,
        "GALLERIA_LOG_LEVEL": "critical",
    }
    assert "migrations run." in galleria(found, "migrate").stdout
    yield found
    await link.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await link.close()


def galleria(environment, *arguments, status=0):
    command = [sys.executable, "-m", "galleria", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == status, done.stdout + done.stderr
    return done


def listed(environment, name):
    """What the list of plugins says of one."""
    lines = [line.split() for line in galleria(environment, "plugins", "list").stdout.splitlines()]
    [found] = [rest for first, *rest in lines if first == name]
    return found


async def test_migrating_again_has_nothing_to_do(environment):
    """A migrated mall says so."""
    assert galleria(environment, "migrate").stdout == "Nothing to migrate.\n"


async def test_the_first_operator_is_made_once(environment):
    """The password comes from the environment, and making the same operator again changes nothing."""
    with_password = {**environment, "GALLERIA_OPERATOR_PASSWORD": "a long enough password"}
    first = galleria(with_password, "operator", "create", "boss@mall.example").stdout
    assert "boss@mall.example is an operator" in first
    assert galleria(with_password, "operator", "create", "boss@mall.example").stdout == first


async def test_a_weak_password_is_refused_in_a_sentence(environment):
    """No traceback: what is wrong, and exit code 1."""
    weak = {**environment, "GALLERIA_OPERATOR_PASSWORD": "short"}
    refused = galleria(weak, "operator", "create", "other@mall.example", status=1)
    assert "Error:" in refused.stderr
    assert "Traceback" not in refused.stderr


async def test_installed_plugins_are_listed_with_their_distribution(environment):
    """The shipped sandbox is there, and on in development."""
    assert listed(environment, "sandbox_pay")[:2] == ["on", "galleria-sandbox-pay"]


async def test_plugins_are_switched_step_by_step(environment):
    """Down by two steps and up by one; the list shows it, and a further step down changes nothing."""
    for command, state in [("disable", "draining"), ("disable", "off"), ("disable", "off"), ("enable", "on")]:
        assert galleria(environment, "plugins", command, "sandbox_pay").stdout == f"sandbox_pay is {state}.\n"
        assert listed(environment, "sandbox_pay")[0] == state


async def test_a_plugin_is_uninstalled_and_installed_again(environment, tmp_path):
    """Shown, refused while it is on, written out and removed; the next migration makes its tables anew."""
    path = str(tmp_path / "rows.jsonl")
    shown = galleria(environment, "plugins", "uninstall", "sandbox_pay", "--dry-run").stdout
    assert "sandbox_pay_refund       0 rows" in shown
    assert "Say --export FILE" in galleria(environment, "plugins", "uninstall", "sandbox_pay", status=2).stderr
    refused = galleria(environment, "plugins", "uninstall", "sandbox_pay", "--export", path, status=1)
    assert "is not off everywhere" in refused.stderr
    for _ in range(2):
        galleria(environment, "plugins", "disable", "sandbox_pay")
    done = galleria(environment, "plugins", "uninstall", "sandbox_pay", "--export", path).stdout
    assert f"Its rows are in {path}." in done
    assert "sandbox_pay is uninstalled." in done
    assert "Run `galleria migrate`" in galleria(environment, "check", status=1).stderr
    assert "2 migrations run." in galleria(environment, "migrate").stdout
    assert listed(environment, "sandbox_pay")[0] == "on"


@pytest.mark.parametrize(("value", "status"), [('{"a": 1}', 1), ("nonsense", 2)])
async def test_settings_that_do_not_fit_are_a_sentence(environment, value, status):
    """The sandbox has no settings: none are shown, and none are taken."""
    assert galleria(environment, "plugins", "settings", "sandbox_pay").stdout == "{}\n"
    assert "Traceback" not in galleria(environment, "plugins", "settings", "sandbox_pay", value, status=status).stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("nobody",), "No plugin nobody is installed"),
        (("sandbox_pay", "--store", "no-such-store"), "There is no store"),
    ],
)
async def test_what_cannot_be_switched_is_a_sentence(environment, arguments, reason):
    """An unknown plugin, and an unknown store."""
    assert reason in galleria(environment, "plugins", "enable", *arguments, status=1).stderr


async def test_a_sound_mall_passes_the_check(environment):
    """Every invariant is held; none is broken."""
    assert galleria(environment, "check").stdout.endswith("invariants, 0 broken.\n")


async def test_a_broken_rule_is_named_and_fails_the_check(environment):
    """The check names the rule and shows the rows, and exits with 1."""
    link = await asyncpg.connect(environment["GALLERIA_DATABASE_URL"])
    identity = uuid4()
    await link.execute(
        "INSERT INTO stock_level (id, store_id, sku_id, location_id, on_hand, held, updated_at) "
        "VALUES ($1, $1, $1, $1, 5, 0, now())",
        identity,
    )
    printed = galleria(environment, "check", status=1).stdout
    await link.execute("DELETE FROM stock_level WHERE id = $1", identity)
    await link.close()
    assert "BROKEN:" in printed
    assert str(identity) in printed


async def test_an_unknown_store_is_a_sentence(environment, tmp_path):
    """Importing into a store that is not there says so."""
    path = tmp_path / "goods.csv"
    path.write_text("product_code\n")
    refused = galleria(environment, "import", "no-such-store", str(path), status=1)
    assert "Traceback" not in refused.stderr


async def test_a_mall_that_is_not_migrated_says_what_to_do(environment, addresses):
    """A command on an empty database names the command that mends it."""
    link = await asyncpg.connect(addresses.database_url)
    name = f"cli_{uuid4().hex[:8]}"
    await link.execute(f"CREATE DATABASE {name}")
    empty = {**environment, "GALLERIA_DATABASE_URL": addresses.database_url.replace("/galleria?", f"/{name}?")}
    refused = galleria(empty, "check", status=1)
    await link.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await link.close()
    assert "Run `galleria migrate`" in refused.stderr


@pytest.mark.parametrize("variable", ["GALLERIA_PORT", "GALLERIA_MODE"])
async def test_a_bad_setting_is_a_sentence(environment, variable):
    """What is wrong with a variable is said without a traceback."""
    refused = galleria({**environment, variable: "nonsense"}, "check", status=1)
    assert "A setting is not acceptable" in refused.stderr


async def test_the_order_of_offer_classes_is_shown_and_set(environment):
    """With classes the order is set; the hooks follow, each with the plugins that it calls."""
    shown = galleria(environment, "plugins", "order").stdout.splitlines()
    assert shown[0].startswith("offer classes        activity > member")
    assert {line.split()[0] for line in shown[1:]} >= {"propose_offers", "claim_orders", "after_order_paid"}
    assert "register_routes" not in {line.split()[0] for line in shown}
    changed = galleria(environment, "plugins", "order", "coupon", "activity").stdout
    assert changed.splitlines()[0].split(maxsplit=2)[2] == "coupon > activity"
    assert "lower-case words" in galleria(environment, "plugins", "order", "Coupon", status=1).stderr
