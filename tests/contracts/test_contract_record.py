"""CONTRACT section 3, field by field: the decision record as anybody can read it."""

import re

import pytest

from tests.contracts.outside import GUITAR, LOOK, about, beacon, later, until

NAMES = {
    **dict.fromkeys(["decision", "site", "visitor", "session", "tab", "at"], str),
    **dict.fromkeys(["group", "mode", "moment", "action", "kind", "policy"], str),
    **dict.fromkeys(["seq", "visit_index", "snapshot", "trained_to"], int),
    **dict.fromkeys(["holdout_share", "trigger_p", "propensity", "draw"], float),
    **dict.fromkeys(["served", "first_ever"], bool),
    **dict.fromkeys(["previous", "open", "eligible", "outcomes"], list),
    **dict.fromkeys(["scores", "features", "refused", "predictions"], dict),
    **dict.fromkeys(["distribution", "exploration", "inputs", "versions"], dict),
    "ghost": dict | None,
    "reward": float | None,
    "value": float | None,
    "closed_at": str | None,
    "settled_at": str | None,
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
AT_ONCE = {
    *("not_targeted", "wrong_page", "wrong_segment", "outside_schedule"),
    *("paused", "preview_only", "no_agent", "stale_agents"),
    *("no_budget", "no_code", "thin_margin", "no_alternative"),
}
LEAVING = {"name": "exit_intent", "device": "desktop", "how": "top"}
SOLD_OUT = {"name": "view_item", "item": {**GUITAR, "in_stock": False}}


@pytest.fixture(scope="module")
def asked(demo):
    """Records of sixty visitors who asked for advice in the demo."""
    sent = [beacon(LOOK, "ask") for _ in range(60)]
    for one in sent:
        demo.send(one)
    who = {one["visitor"] for one in sent}
    return [one for one in demo.records() if one["visitor"] in who]


def sum_of(distribution):
    """Return the sum of the probabilities."""
    return sum(distribution.values())


def refused(shop, *events, **fields):
    """Return why what was refused to a new visitor who sends this."""
    sent = beacon(*events, site=shop.site, **fields)
    shop.send(sent)
    return shop.records(sent["visitor"])[0]["refused"]


def test_names_and_types(asked):
    """Every name of the contract is there, with its type, in every record."""
    for record in asked:
        for name, kind in NAMES.items():
            assert isinstance(record[name], kind), (name, record[name])


def test_inside(asked):
    """The parts of the nested fields, and the form of times and ids."""
    one = next(record for record in asked if len(record["eligible"]) > 1)

    assert set(one["scores"]) == {"hesitation", "dwell", "intent"}
    assert {"gamma", "floor", "sigma", "n_eff"} <= set(one["exploration"])
    kinds = {"free_agents": dict, "budget_left": dict, "prices": dict, "items": list}
    assert all(isinstance(one["inputs"][name], kind) for name, kind in kinds.items())
    assert set(one["versions"]) >= {"config", "interventions"}
    assert TIME.fullmatch(one["at"])
    assert re.fullmatch(r"d_[a-z2-7]{26}", one["decision"])


def test_distribution(asked):
    """Over `eligible`, at 12 digits, sums to 1; the propensity is the action's own."""
    for one in asked:
        told = (one["ghost"] or one)["distribution"]
        assert list(told) == one["eligible"]
        assert abs(sum_of(told) - 1) < 1e-9
        assert all(round(p, 12) == p > 0 for p in told.values())
        assert one["propensity"] == one["distribution"][one["action"]]
        assert (one["action"] == "none") == (one["kind"] == "none")
        assert not set(one["eligible"]) & set(one["refused"])


def test_draw_picks_the_action(asked):
    """`draw` walks the distribution, in the order of `eligible`, to the action."""
    for one in asked:
        drawn, below = one["ghost"] or one, 0.0
        reached = {}
        for action, probability in drawn["distribution"].items():
            below += probability
            reached[action] = below
        assert drawn["action"] == next(a for a in reached if one["draw"] < reached[a])


def test_holdout(asked):
    """A fifth are held out: `none` for sure, and the draw is told as a ghost."""
    held = [one for one in asked if one["group"] == "holdout"]

    # Of 60 at .2: outside 1 to 30 one time in a million.
    assert 1 <= len(held) <= 30
    for one in held:
        assert (one["action"], one["kind"], one["propensity"]) == ("none", "none", 1)
        assert one["distribution"] == {"none": 1}
        assert set(one["ghost"]) == {"distribution", "action", "propensity"}
        assert (one["served"], one["holdout_share"]) == (True, 0.2)
    assert all(one["ghost"] is None for one in asked if one["group"] == "treatment")


def test_two_closes(demo):
    """Reward and its time at the short close, value and its time at the long one."""
    sent, card = demo.card()
    demo.send(later(sent, about(card, "action_shown")))
    demo.order(order_id="T-1", value=100, margin=40, visitor=sent["visitor"])

    def read(name):
        return until(
            lambda: [one for one in demo.records(sent["visitor"]) if one[name]]
        )[0]

    short = read("closed_at")
    settled = read("settled_at")
    assert (short["reward"] is not None, short["value"]) == (True, None)
    assert 0 < settled["value"] <= 40
    assert TIME.fullmatch(settled["closed_at"])
    assert settled["settled_at"] > settled["closed_at"]


def test_shadow(shadow):
    """In shadow mode everything is a ghost, and `served` is false."""
    for _ in range(5):
        assert shadow.beacon(LOOK, "ask").status == 204

    for one in shadow.records():
        assert (one["mode"], one["served"], one["action"]) == ("shadow", False, "none")
        assert one["eligible"] == ["none", "help"]
        assert one["distribution"] == {"none": 1}
        assert abs(sum_of(one["ghost"]["distribution"]) - 1) < 1e-9


def test_reasons_at_once(stocked):
    """Twelve reasons to refuse, each met by the intervention named after it."""
    told = refused(stocked, LOOK, "ask")

    told["no_alternative"] = told.pop("alternative")
    assert {name: name for name in AT_ONCE} == told


def test_reasons_of_the_visitor(stocked):
    """Bots, missing consent, GPC and the payment step refuse everything."""
    consent = {"measure": True, "personalise": False}
    heard = {"measure": True, "personalise": True}
    cases = {
        "bot": refused(stocked, LOOK, "ask", automated=True),
        "no_consent": refused(stocked, LOOK, "ask", consent=consent),
        "payment_step": refused(stocked, "ask", page={"kind": "payment"}),
    }
    sent = beacon(LOOK, "ask", site=stocked.site, consent=heard)
    stocked.send(sent, Sec_GPC="1")
    cases["gpc"] = stocked.records(sent["visitor"])[0]["refused"]

    own = {"paused", "preview_only"}
    for reason, told in cases.items():
        assert set(told.values()) - own == {reason}
        assert len(told) == 16


def test_only_none(stocked):
    """Where only `none` is eligible that is recorded, and no cool-down begins."""
    consent = {"measure": True, "personalise": False}
    sent = beacon(LOOK, "ask", site=stocked.site, consent=consent)
    stocked.send(sent)
    allowed = {**consent, "personalise": True, "explicit": True}
    stocked.send(later(sent, LOOK, "ask", consent=allowed))
    first, second = stocked.records(sent["visitor"])

    assert (first["eligible"], first["propensity"]) == (["none"], 1)
    assert len(second["eligible"]) > 1
    assert (second["visit_index"], second["previous"]) == (1, [first["decision"]])


def test_dismissed_before(stocked):
    """A card that was dismissed is not offered at the next moment."""

    def next_moment():
        # Each time a visit of its own: another moment may bring a second card, after
        # which everything is refused as capped.
        sent, card = stocked.card("advice")
        shown, shut = about(card, "action_shown"), about(card, "action_dismissed")
        stocked.send(later(sent, shown, {**shut, "by": "close"}, "page_view", SOLD_OUT))
        told = stocked.records(sent["visitor"])[-1]
        return told["moment"] == "out_of_stock" and told["refused"]["advice"]

    assert until(next_moment) == "dismissed_before"


def test_capped(stocked):
    """Two shown cards are what this shop allows in a visit; then all is refused."""
    sent, card = stocked.card()
    while stocked.records(sent["visitor"])[-1]["eligible"] != ["none"]:
        reports = [about(card, "action_shown")] if card else []
        sent = later(sent, *reports, "page_view", LOOK, "ask")
        card = stocked.send(sent).card
    told = stocked.records(sent["visitor"])[-1]["refused"]

    assert {told["advice"], told["chat"], told["sooner"]} == {"capped"}


def test_cooling_down(shadow):
    """A moment soon after a draw is refused without a record, and counted."""
    count = 'engage_refusals_total{reason="cooling_down",site="pk_shadow"}'

    def counted():
        sent = beacon(LOOK, "ask", site=shadow.site)
        shadow.send(sent)
        shadow.send(later(sent, LEAVING))
        return shadow.series().get(count)

    assert until(counted) >= 1


def test_no_stock(stocked):
    """`no_stock` where all that would fit is sold out."""
    piano = {"title": "A", "price": "10.00 EUR", "availability": "out_of_stock"}
    for name in ("piano-1", "piano-2"):
        kind = {"google_product_category": "Pianos"}
        stocked.shop("PUT", f"/v1/catalog/items/{name}", {**piano, **kind})
    item = {"item_id": "piano-1", "item_category": "Pianos", "price": 10.0}
    told = refused(stocked, {"name": "view_item", "item": item}, "ask")

    assert told["alternative"] == "no_stock"


def test_moments_of_their_own(stocked):
    """A product that is sold out is a moment; `moments` and stock are then heard."""
    told = {}
    for _ in range(20):
        sent = beacon(SOLD_OUT, site=stocked.site)
        stocked.send(sent)
        for one in stocked.records(sent["visitor"]):
            told[one["moment"], one["trigger_p"]] = one["refused"]["wrong_moment"]

    assert told == {("out_of_stock", 0.95): "wrong_moment"}


def test_confirm_until_it_expires(stocked):
    """A card is good until it expires; a chat until nobody is free any more."""
    sent, card = stocked.card("advice")
    chatting, chat = stocked.card("chat")

    def confirm(one):
        path, body = f"/v1/decisions/{one['id']}/confirm", {"token": one["token"]}
        return stocked.call("POST", path, body, Content_Type="application/json").status

    assert card["expires_in_ms"] == 1_000
    assert until(lambda: confirm(card) == 409)
    gone = {"online": 0, "free": 0, "ttl_s": 3_600}
    stocked.shop("PUT", "/v1/chat/groups/there", gone)
    assert confirm(chat) == 409
    stocked.shop("PUT", "/v1/chat/groups/there", {**gone, "online": 1, "free": 50})
    late = [about(card, "action_clicked"), about(card, "action_expired")]
    assert stocked.send(later(sent, *late)).status == 204
    assert stocked.send(later(chatting, "ping")).status in {200, 204}
