"""How often one may try to sign in, and that nobody else's tries shut a person out."""

import asyncio
import time
from collections.abc import Iterable

import pytest

from accounts import throttle
from accounts.service import Accounts
from core.errors import LimitExceeded, NotAuthenticated
from core.settings import Settings

PASSWORD = "correct horse"
HERE, THERE = "10.0.0.1", "10.0.0.2"


async def guess(accounts: Accounts, username: str, address: str, times: int = 1) -> None:
    """Wrong passwords."""
    for number in range(times):
        with pytest.raises(NotAuthenticated):
            await accounts.sign_in(username, f"wrong horse {number}", kind="api", address=address)


async def enter(accounts: Accounts, username: str = "alice", address: str = HERE) -> None:
    """The right password."""
    await accounts.sign_in(username, PASSWORD, kind="api", address=address)


async def fill_lines(accounts: Accounts, username: str, address: str, failures: int) -> None:
    """So many failures of this name and of this place elsewhere, and a minute's wait in both lines."""
    attempt, limiter = throttle.Attempt.of(username, address), accounts._passwords._throttle._limiter
    for key in (attempt.name, attempt.place):
        for _ in range(failures):
            await limiter.add(key, throttle.SLOW_WINDOW_S)
        await limiter.turn(f"{key}:turn", 60, 60)


async def looked_at(accounts: Accounts, tries: Iterable[tuple[str, str]]) -> int:
    """Sends guesses of (name, address) all at once; how many passwords were looked at. All others were refused."""
    outcomes = await asyncio.gather(
        *(accounts.sign_in(name, "wrong horse", kind="api", address=address) for name, address in tries),
        return_exceptions=True,
    )
    assert {type(outcome) for outcome in outcomes} <= {NotAuthenticated, LimitExceeded}
    return sum(isinstance(outcome, NotAuthenticated) for outcome in outcomes)


@pytest.fixture
def attempts(settings: Settings) -> int:
    """How many failures are free."""
    return settings.limit.login_attempts


async def test_a_name_from_one_place_is_refused_after_some_failures(accounts: Accounts, attempts: int) -> None:
    await accounts.add_user("alice", PASSWORD)
    await accounts.add_user("bob", PASSWORD)
    for number in range(attempts):
        await guess(accounts, " Alice" if number % 2 else "ＡＬＩＣＥ", HERE)
    with pytest.raises(LimitExceeded) as caught:
        await enter(accounts)
    assert 290 < (caught.value.retry_after_s or 0) <= 300
    await enter(accounts, "bob")
    await enter(accounts, "alice", THERE)


async def test_a_success_forgets_the_failures_of_that_place_only(accounts: Accounts, attempts: int) -> None:
    await accounts.add_user("alice", PASSWORD)
    await guess(accounts, "alice", HERE, attempts - 1)
    await enter(accounts)
    await guess(accounts, "alice", HERE, attempts - 1)
    await enter(accounts, address=THERE)
    await guess(accounts, "alice", HERE)
    with pytest.raises(LimitExceeded):
        await enter(accounts)


async def test_guesses_of_others_do_not_shut_the_owner_out(accounts: Accounts, attempts: int) -> None:
    await accounts.add_user("alice", PASSWORD)
    for number in range(attempts + 2):
        await guess(accounts, "alice", f"203.0.113.{number}")
    await enter(accounts)


async def test_failures_of_others_at_the_same_address_do_not_shut_anybody_out(
    accounts: Accounts, attempts: int
) -> None:
    """An office behind one address, or a proxy that nobody named."""
    await accounts.add_user("alice", PASSWORD)
    for number in range(attempts + 2):
        await guess(accounts, f"somebody{number}", HERE)
    await enter(accounts)


async def test_who_signed_in_there_before_does_not_stand_in_line(accounts: Accounts, attempts: int) -> None:
    for name in ("alice", "bob"):
        await accounts.add_user(name, PASSWORD)
    await enter(accounts)
    for name in ("alice", "bob"):
        await fill_lines(accounts, name, HERE, attempts)
    await enter(accounts)
    for name, address in (("alice", THERE), ("bob", HERE)):
        with pytest.raises(LimitExceeded) as caught:
            await enter(accounts, name, address)
        assert (caught.value.retry_after_s or 0) > 1


@pytest.mark.parametrize("kind", ["one place, many names", "one name, many places", "one name, one place"])
async def test_guesses_sent_all_at_once_are_bounded_too(
    accounts: Accounts, attempts: int, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(throttle, "LONGEST_WAIT_S", 2.0)
    await accounts.add_user("alice", PASSWORD)
    tries = {
        "one place, many names": [(f"somebody{number}", HERE) for number in range(60)],
        "one name, many places": [("alice", f"203.0.113.{number}") for number in range(60)],
        "one name, one place": [("alice", HERE)] * 60,
    }[kind]
    began = time.monotonic()
    seen = await looked_at(accounts, tries)
    # Those that are free, those looked at beside the last of them, and at most one a second.
    assert attempts <= seen <= attempts + throttle.AT_ONCE + 1 + time.monotonic() - began


async def test_the_addresses_of_one_network_are_one_place(accounts: Accounts, attempts: int) -> None:
    """A /64 has as many addresses as anybody could want."""
    await accounts.add_user("alice", PASSWORD)
    for number in range(attempts):
        await guess(accounts, "alice", f"2001:db8:1:2::{number}")
    with pytest.raises(LimitExceeded):
        await enter(accounts, address="2001:db8:1:2:aaaa::1")
    await enter(accounts, address="2001:db8:1:3::1")


async def test_the_more_failures_the_slower(accounts: Accounts, attempts: int) -> None:
    attempt = throttle.Attempt.of("alice", HERE)
    slow = accounts._passwords._throttle
    paces = []
    for _ in range(int(throttle.SLOWEST_S) * attempts + 5):
        await slow._limiter.add(attempt.name, throttle.SLOW_WINDOW_S)
        paces += [every_s for _, every_s in await slow._lines(attempt)]
    assert paces[0] == 1.0
    assert paces == sorted(paces)
    assert paces[-1] == throttle.SLOWEST_S


async def test_a_password_is_changed_whoever_guesses_meanwhile(accounts: Accounts, attempts: int) -> None:
    await accounts.add_user("alice", PASSWORD)
    signed_in = await accounts.sign_in("alice", PASSWORD, kind="api", address=HERE)
    await guess(accounts, "alice", HERE, attempts)
    await fill_lines(accounts, "alice", HERE, attempts)
    await accounts.change_password(signed_in.principal, PASSWORD, "a better horse")


async def test_those_who_succeed_are_never_throttled(accounts: Accounts, attempts: int) -> None:
    await accounts.add_user("alice", PASSWORD)
    await asyncio.gather(*(enter(accounts) for _ in range(attempts + 5)))


async def test_no_more_wait_than_can_be_served(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look takes 64 MiB and a core, also at names that do not exist."""
    monkeypatch.setattr(throttle, "MOST_WAITING", 5)
    tries = [(f"somebody{number}", f"203.0.113.{number}") for number in range(40)]
    assert await looked_at(accounts, tries) <= 5 + throttle.AT_ONCE
