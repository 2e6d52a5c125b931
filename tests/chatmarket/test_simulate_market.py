"""The simulated market: its goals hold on small samples, and what is worse is seen to be worse."""

import math
import re
from dataclasses import replace
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatmarket.__main__ import main
from chatmarket.simulate.market import MarketOptions, compare, run
from chatmarket.simulate.market.assumptions import COMES_BACK, HOUR, MARKETS, WORLDS, Load
from chatmarket.simulate.market.crowd import Crowd
from chatmarket.simulate.market.detection import BAD, BAD_GOAL, GOOD, GOOD_GOAL, RATINGS, at_most, detect
from chatmarket.simulate.market.detection import Crowd as Raters
from chatmarket.simulate.market.figures import Figures, gini, mean, quantile
from chatmarket.simulate.market.floor import Floor
from chatmarket.simulate.market.plot import drawn
from chatmarket.simulate.market.policies import POLICIES, SAID
from chatmarket.simulate.market.report import ROWS, markdown, table
from matching.rings import Policy

CLEAN = WORLDS["clean"]
CALM = replace(MARKETS["calm"], warming=600.0, measured=4 * HOUR)
SURGE = replace(MARKETS["surge"], warming=600.0, measured=HOUR / 2)
SCRIPTS = replace(MARKETS["bots"], warming=600.0, measured=4 * HOUR)


def played(load: Load, policy: str | Policy, runs: int = 2, pages: bool = True, experts: int = 400) -> Figures:
    chosen = POLICIES[policy] if isinstance(policy, str) else policy
    floors = (
        Floor(Crowd(CLEAN, load.bots, Random(seed), experts), load, chosen, seed, pages) for seed in range(1, runs + 1)
    )
    return mean([floor.play().figures() for floor in floors])


# --- the goals, and that they can be missed


@pytest.fixture(scope="module")
def calm() -> dict[str, Figures]:
    return {name: played(CALM, name) for name in ("rings", "broadcast", "exclusive")}


@pytest.fixture(scope="module")
def surge() -> Figures:
    return played(SURGE, "rings")


def test_calm_claims_are_quick_and_few_hear(calm: dict[str, Figures]) -> None:
    assert calm["rings"].p50 <= 7.0
    assert calm["rings"].p95 <= 17.0
    assert calm["rings"].offers <= 11.0
    assert calm["rings"].lost == 0.0
    assert calm["rings"].resolved > 0.90  # the goal is 0.92; docs/market.md tells what is short
    assert calm["rings"].false_pauses <= 0.018


def test_broadcast_is_quicker_and_worse_in_everything_else(calm: dict[str, Figures]) -> None:
    rings, broadcast = calm["rings"], calm["broadcast"]
    assert broadcast.p50 < rings.p50
    assert broadcast.resolved < rings.resolved - 0.04
    assert broadcast.offers > 3 * rings.offers
    assert broadcast.bots > 3 * rings.bots


def test_one_after_the_other_is_far_too_slow(calm: dict[str, Figures]) -> None:
    assert calm["exclusive"].p95 > 3 * calm["rings"].p95


def test_a_surge_from_one_second_to_the_next_is_absorbed(surge: Figures) -> None:
    assert surge.asked > 400
    assert surge.p95 <= 17.0
    assert surge.offers <= 11.0
    assert surge.lost == 0.0


def test_slow_rings_miss_the_goal_of_the_surge(surge: Figures) -> None:
    slow = played(SURGE, replace(POLICIES["rings"], seconds=30.0), runs=1)
    assert slow.p95 > 20.0


def test_a_script_that_waits_for_people_gets_less_than_its_share() -> None:
    parked, rings = played(SCRIPTS, "rings"), played(SCRIPTS, "unparked")
    assert parked.bots <= 1.0
    assert parked.bots < 0.7 * rings.bots
    assert parked.people_seen == 0.0


def test_in_an_overload_paging_saves_what_no_policy_can() -> None:
    load = Load(60, 875, warming=600.0, measured=HOUR)
    alone, called = (played(load, "rings", runs=1, pages=pages, experts=100) for pages in (False, True))
    assert called.pages > 0
    assert alone.pages == 0
    assert called.lost < 0.8 * alone.lost


def test_newcomers_get_more_with_their_seats_than_without(calm: dict[str, Figures]) -> None:
    without = played(CALM, replace(POLICIES["rings"], explore=0.0))
    assert without.newcomers_idle > calm["rings"].newcomers_idle


def test_the_same_seed_plays_the_same_market() -> None:
    once, again = (played(replace(CALM, measured=HOUR), "rings", runs=1) for _ in range(2))
    assert repr(once) == repr(again)


def test_every_policy_meets_the_same_questions() -> None:
    load = replace(CALM, measured=HOUR / 6)
    assert len({played(load, name, runs=1, experts=50).asked for name in POLICIES}) == 1


# --- the gate


@pytest.mark.parametrize("world", ["clean", "hard"])
def test_good_experts_stay_and_bad_ones_go_within_twenty_ratings(world: str) -> None:
    crowd = Raters(WORLDS[world])
    assert detect(crowd, GOOD, 300, Random(2)).within(RATINGS) <= GOOD_GOAL
    assert detect(crowd, BAD, 1000, Random(2)).within(20) >= BAD_GOAL


@pytest.mark.parametrize("world", ["harsh+silent", "prompted", "easy", "hard+biased"])
def test_where_ratings_tell_less_bad_experts_are_found_later_but_found(world: str) -> None:
    """Short of 93 % within twenty ratings, which in three of the four no test of these ratings could reach."""
    bad = detect(Raters(WORLDS[world]), BAD, 400, Random(2))
    assert 0.70 < bad.within(20) < at_most(Raters(WORLDS[world]))
    assert bad.within(100) > 0.99


@pytest.mark.parametrize("world", ["harsh+silent", "hard+biased"])
def test_a_biased_crowd_costs_no_good_expert(world: str) -> None:
    assert detect(Raters(WORLDS[world]), GOOD, 300, Random(2)).within(RATINGS) <= GOOD_GOAL


def test_no_test_at_all_reaches_the_goal_in_three_worlds() -> None:
    short = {name for name, world in WORLDS.items() if at_most(Raters(world)) < BAD_GOAL}
    assert short == {"harsh+silent", "prompted", "easy"}


def test_what_else_is_known_finds_bad_experts_sooner() -> None:
    world = WORLDS["harsh+silent"]
    alone, back, known = (
        detect(Raters(world, *more), BAD, 400, Random(2)).within(20) for more in ((), (COMES_BACK,), (COMES_BACK, 10))
    )
    assert alone < back < known


def test_a_baseline_that_is_assumed_and_not_estimated_pauses_the_good() -> None:
    """The check above can fail: 0.88, held against a harsh and silent crowd, is what most good experts miss."""
    crowd = Raters(WORLDS["harsh+silent"])
    assert detect(crowd, GOOD, 200, Random(2), baseline=0.88).within(RATINGS) > 0.5


# --- the worlds


@settings(deadline=None)
@given(st.sampled_from(sorted(WORLDS)), st.floats(0.05, 0.95), st.sampled_from([0.0, COMES_BACK]))
def test_no_chat_is_rated_twice_and_better_experts_get_better_ratings(name: str, resolved: float, back: float) -> None:
    world = WORLDS[name]
    shares = world.shares(resolved, back)
    assert all(part >= 0 for both in shares.values() for part in both)
    assert sum(part for both in shares.values() for part in both) <= 1 + 1e-9
    assert world.positive(resolved, back) < world.positive(resolved + 0.04, back)
    assert world.positive(resolved, COMES_BACK) <= world.positive(resolved) + 1e-9


def test_ratings_of_a_harsh_and_silent_crowd_by_hand() -> None:
    # yes: 0.30 x (0.10 + 0.82 x 0.9) = 0.2514; no: 0.45 x (0.08 + 0.82 x 0.1) = 0.0729
    assert WORLDS["harsh+silent"].positive(0.9) == pytest.approx(0.2514 / (0.2514 + 0.0729))


def test_the_goals_experts_keep_their_distance_from_the_usual_in_every_world() -> None:
    assert Raters(WORLDS["easy"]).resolves(BAD) == pytest.approx(0.7215, abs=1e-3)
    assert Raters(WORLDS["hard"]).resolves(GOOD) == pytest.approx(0.7864, abs=1e-3)
    assert Raters(CLEAN).resolves(GOOD) == pytest.approx(0.9)


def test_the_crowd_has_so_many_bots_and_nobody_starts_paused() -> None:
    crowd = Crowd(CLEAN, 0.10, Random(1))
    assert sum(one.bot for one in crowd.experts) == 40
    assert all(one.open for one in crowd.experts)
    assert crowd.all.count == sum(one.ratings for one in crowd.experts)
    assert all(set(one.expected) == one.topics for one in crowd.experts)


# --- figures, table, picture


def test_figures_by_hand() -> None:
    assert gini([1, 1, 1]) == pytest.approx(0.0)
    assert gini([0, 0, 0, 4]) == pytest.approx(0.75)
    assert math.isnan(gini([0, 0]))
    assert quantile([1, 2, 3, 4], 0.5) == 2
    assert quantile([1, 2, 3, 4], 0.95) == 4
    assert math.isnan(quantile([], 0.5))


def figures(**some: float) -> Figures:
    return Figures(**{**dict.fromkeys(Figures.__dataclass_fields__, 0.5), **some})


def test_the_table_marks_the_goals_that_rings_miss_and_no_others() -> None:
    rows = {row[0]: row for row in table("calm", {"rings": figures(p95=17.1, p50=7.0), "broadcast": figures(p95=40.0)})}
    assert rows["time to claim p95"] == ("time to claim p95", "17.1 s (!)", "40.0 s", "at most 17.0 s")
    assert rows["time to claim p50"][1] == "7.0 s"
    assert rows["customers lost"][3] == ""
    assert rows["resolved, of ended chats"][1] == "50.0 % (!)"


def test_what_was_not_measured_is_a_dash_and_no_failure() -> None:
    rows = {row[0]: row for row in table("calm", {"rings": figures(bots=math.nan)})}
    assert rows["bots' claims, times their share"][1] == "-"
    assert {len(line) for line in markdown(list(rows.values()))} == {len(markdown(list(rows.values()))[0])}


@pytest.mark.parametrize("market", MARKETS)
def test_the_picture_is_well_formed_and_labelled(market: str) -> None:
    found = {"rings": figures(p50=6.0, p95=15.0, resolved=0.91), "broadcast": figures(bots=math.nan, p95=40.0)}
    picture = drawn(market, "2 runs & more", found)
    root = ElementTree.fromstring(picture)
    words = "".join(root.itertext())
    assert f"Market: {market}" in words
    assert "2 runs & more" in words
    assert words.count("broadcast") == 6
    assert "nothing measured" in words
    width, height = (float(root.attrib[side]) for side in ("width", "height"))
    for x, y in re.findall(r'\b(?:x|cx)="([\d.-]+)" (?:y|cy)="([\d.-]+)"', picture):
        assert 0 <= float(x) <= width
        assert 0 <= float(y) <= height


def test_every_policy_is_explained() -> None:
    assert set(SAID) == set(POLICIES)
    assert len({row.name for row in ROWS}) == len(ROWS)


# --- the command


def test_a_comparison_is_printed_and_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MARKETS, "calm", replace(CALM, measured=HOUR / 2))
    said: list[str] = []
    options = MarketOptions("calm", ("rings", "broadcast"), runs=1, plot=tmp_path / "calm.svg", say=said.append)
    assert run(options) == 0
    assert said[0].startswith("| calm ")
    assert "goal for rings" in said[0]
    assert len(said) == 2 + len(ROWS)
    assert "<svg" in (tmp_path / "calm.svg").read_text()


def test_policies_are_compared_on_the_same_crowds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MARKETS, "calm", replace(CALM, measured=HOUR / 2))
    found = compare("calm", MarketOptions("calm", ("rings", "waves"), runs=1))
    assert list(found) == ["rings", "waves"]
    assert found["rings"].asked == found["waves"].asked


def test_the_reputation_of_one_world_is_printed() -> None:
    said: list[str] = []
    run(MarketOptions(reputation=True, world="hard", experts=5, say=said.append))
    text = "\n".join(said)
    assert text.count("| hard ") == 3
    assert "clean" not in text
    assert text.count("| 0.50 ") == 1


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("", "one of --dialogues FILE, --market NAME or --reputation is needed"),
        ("--market calm --dialogues x", "choose"),
        ("--reputation --dialogues x", "choose"),
        ("--market calm --rate 3", "--rate goes with --dialogues"),
        ("--market calm --experts 3", "--experts goes with --dialogues"),
        ("--dialogues x --world hard", "--world goes with --market"),
        ("--dialogues x --policy rings", "--policy goes with --market"),
        ("--reputation --plot a.svg", "--plot goes with --market"),
        ("--reputation --runs 3", "--runs goes with --market"),
        ("--market storm", "invalid choice: 'storm'"),
        ("--market calm --policy luck", "invalid choice: 'luck'"),
        ("--market calm --world nice", "invalid choice: 'nice'"),
        ("--market calm --runs 0", "'0' is not a number of runs"),
        ("--market calm --plot a.png", "does not end in .svg"),
        ("--market calm --plot nowhere/a.svg", "there is no such folder"),
    ],
)
def test_what_means_nothing_is_refused_with_a_sentence(
    words: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["simulate", *words.split()])
    assert refused.value.code == 2
    assert complaint in capsys.readouterr().err
