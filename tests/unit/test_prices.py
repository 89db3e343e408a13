"""What deployments cost, and which prices and models are an alarm."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import pytest

from banyan.adapters.prices import TABLES
from banyan.adapters.prices.book import PriceBook
from banyan.adapters.prices.listed import VERSION, listed_price
from banyan.kernel.money import NOTHING, money
from banyan.proxy.domain.alarms import AlarmKind, Retirement, retirement_alarm
from banyan.proxy.domain.deployments import LOCAL, Deployment
from banyan.proxy.domain.pricing import Price, Tier, Tokens

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
GPT = Deployment("openai/gpt-4o", "openai", "gpt-4o")
HALF = Price(money("1.25"), money(5), "any")


@dataclass
class Stopped:
    time: datetime = NOW

    def now(self) -> datetime:
        return self.time


def test_the_list_knows_input_output_and_cached_tokens() -> None:
    """A model of the list has its provider's prices for a million tokens, and the list's version."""
    price = listed_price("openai", "gpt-4o", NOW)
    assert price == Price(money("2.5"), money(10), VERSION, cached_input=money("1.25"))


def test_a_model_that_the_list_does_not_name_has_no_price() -> None:
    """An unknown model or provider is unknown, not free and not the next best."""
    assert listed_price("openai", "gpt-4o-of-tomorrow", NOW) is None
    assert listed_price("nobody", "gpt-4o", NOW) is None


def test_a_server_of_ones_own_behind_a_known_name_has_no_listed_price() -> None:
    """OpenAI's prices hold at OpenAI's address alone; another provider's address brings that one's prices."""
    assert listed_price("openai", "gpt-4o", NOW, "http://127.0.0.1:8000/v1") is None
    assert listed_price("openai", "gpt-4o", NOW, "https://api.openai.com/v1") is not None
    elsewhere = listed_price("openai", "claude-3-haiku-20240307", NOW, "https://api.anthropic.com/v1")
    assert elsewhere is not None
    assert elsewhere.input == money("0.25")


def test_a_long_prompt_costs_the_price_of_its_tier_for_every_token() -> None:
    """The tier begins above its limit, and holds for the whole call, cached tokens and answer too."""
    tier = Tier(200_000, money(4), money(20), cached_input=money(1))
    price = Price(money(2), money(10), "list", cached_input=money("0.5"), tiers=(tier,))
    assert price.of(Tokens(200_000, 1000)) == money("0.41")
    assert price.of(Tokens(200_001, 1000, 1)) == money("0.820001")


def test_the_list_brings_tiers_along() -> None:
    """A model with dearer long prompts is priced so."""
    price = listed_price("google", "gemini-2.5-pro", NOW)
    assert price is not None
    assert [tier.above for tier in price.tiers] == [200_000]
    assert price.tiers[0].input > price.input
    assert price.tiers[0].output > price.output
    assert price.of(Tokens(200_001)) == -(-200_001 * price.tiers[0].input // 1_000_000)


def test_the_price_of_a_deployment_is_its_own_then_the_operators_then_the_tables_then_the_lists() -> None:
    """Whoever is nearest to the bill decides."""
    own = replace(HALF, version="mine")
    book = PriceBook({"openai/gpt-4o": HALF}, TABLES["learnx"])
    assert book.of(replace(GPT, name="dear", price=own)) == own
    found = book.of(GPT)
    assert found is not None
    assert (found.input, found.version[:4]) == (money("1.25"), "own ")
    table = PriceBook(table=TABLES["learnx"]).of(GPT)
    assert table == Price(money(5), money(15), "learnx")
    listed = PriceBook().of(GPT)
    assert listed is not None
    assert listed.version == VERSION


def test_an_operators_price_has_a_version_that_changes_with_it() -> None:
    """Rows of the ledger tell under which figures they were reckoned."""
    first, second = (PriceBook({GPT.name: price}).of(GPT) for price in (HALF, replace(HALF, output=money(6))))
    assert first is not None
    assert second is not None
    assert first.version != second.version


@pytest.mark.parametrize(
    "deployment",
    [Deployment("llama", "ollama", "llama3", zone=LOCAL), Deployment("echo", "banyan/echo", "banyan/echo")],
)
def test_what_runs_at_home_costs_nothing(deployment: Deployment) -> None:
    """A local deployment or a free provider costs 0 under the version `local`, unless the operator says otherwise."""
    book = PriceBook(free={"banyan/echo"})
    price = book.of(deployment)
    assert price is not None
    assert (price.of(Tokens(10**6, 10**6)), price.version) == (NOTHING, "local")
    own = PriceBook({deployment.name: HALF}, free={"banyan/echo"}).of(deployment)
    assert own is not None
    assert own.input == money("1.25")


def test_a_changed_deployment_is_priced_anew() -> None:
    """A price that is kept belongs to the deployment as it was."""
    book = PriceBook()
    assert book.of(GPT) != book.of(replace(GPT, price=HALF))


def test_a_set_price_that_the_list_has_left_behind_is_an_alarm() -> None:
    """Within the allowed part it is none."""
    [alarm] = [one for one in PriceBook({GPT.name: HALF}, clock=Stopped()).alarms([GPT]) if "charged" in one.message]
    assert alarm.kind is AlarmKind.PRICE_DRIFT
    assert "$1.25" in alarm.message
    assert "$2.5" in alarm.message
    near = Price(money("2.55"), money(10), "any")
    kinds = [one.kind for one in PriceBook({GPT.name: near}, clock=Stopped()).alarms([GPT])]
    assert AlarmKind.PRICE_DRIFT not in kinds


def test_a_deployment_without_a_price_is_an_alarm() -> None:
    """With the setting that would mend it."""
    [alarm] = PriceBook().alarms([Deployment("mystery", "openai", "gpt-of-tomorrow")])
    assert (alarm.kind, alarm.subject) == (AlarmKind.UNPRICED, "mystery")
    assert "[prices.'mystery']" in alarm.message


def test_a_model_is_an_alarm_before_and_after_its_last_day() -> None:
    """From 90 days before, with the page that announced it."""
    end = Retirement("old", date(2027, 1, 14), "https://example.org")
    kinds = [
        alarm and alarm.kind
        for alarm in (retirement_alarm("x", end, day) for day in (date(2026, 10, 1), date(2026, 11, 1), end.day))
    ]
    assert kinds == [None, AlarmKind.RETIRING, AlarmKind.RETIRED]
    assert [one.kind for one in PriceBook(clock=Stopped()).alarms([GPT])] == [AlarmKind.RETIRING]
    gone = Deployment("openai/gpt-4", "openai", "gpt-4")
    assert [one.kind for one in PriceBook(clock=Stopped()).alarms([gone])] == [AlarmKind.RETIRED]
