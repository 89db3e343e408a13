"""Budgets as admins and callers meet them over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from proxy_house import Proxy, open_proxy


@pytest.fixture
async def proxy(tmp_path: Path, house_url: str) -> AsyncIterator[Proxy]:
    async with open_proxy(tmp_path, database_url=house_url) as opened:
        yield opened


async def test_a_budget_is_created_shown_changed_and_deleted(proxy: Proxy) -> None:
    """Amounts are dollars to the last nano-dollar; what is not named in a change stays."""
    wish = {"kind": "user", "period": "day", "limit": "12.50"}
    status, made = await proxy.ask("POST", "/admin/budgets", json=wish)
    assert (status, made["limit"], made["name"], made["settled"]) == (
        201,
        "12.500000000",
        "each user by day",
        "0.000000000",
    )
    path = f"/admin/budgets/{made['id']}"
    status, changed = await proxy.ask("PATCH", path, json={"limit": 0.000000001})
    assert (status, changed["limit"], changed["kind"]) == (200, "0.000000001", "user")
    assert [one["id"] for one in (await proxy.ask("GET", "/admin/budgets"))[1]["budgets"]] == [made["id"]]
    async with proxy.web.delete(path) as response:
        assert response.status == 204
    status, gone = await proxy.ask("GET", path)
    assert (status, gone["error"]["code"]) == (404, "unknown_budget")


@pytest.mark.parametrize("wrong", [{"limit": "-1"}, {"limit": "much"}, {"kind": "planet"}, {"subject": "a/b"}])
async def test_what_is_no_budget_is_refused(proxy: Proxy, wrong: dict[str, str]) -> None:
    """The caller's mistake, named."""
    status, _ = await proxy.ask("POST", "/admin/budgets", json={"kind": "user", "limit": "1", **wrong})
    assert status == 400


async def test_budgets_of_another_tenant_are_not_seen(proxy: Proxy) -> None:
    """Neither listed nor found nor changed."""
    made = (await proxy.ask("POST", "/admin/budgets", json={"kind": "tenant", "limit": "1"}))[1]
    elsewhere = {"X-Banyan-Tenant": "elsewhere"}
    assert (await proxy.ask("GET", "/admin/budgets", headers=elsewhere))[1] == {"budgets": []}
    status, _ = await proxy.ask("PATCH", f"/admin/budgets/{made['id']}", json={"limit": "9"}, headers=elsewhere)
    assert status == 404
