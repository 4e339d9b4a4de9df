"""CONTRACT section 1, on a running demo: consent, decisions and their outcomes."""

import pytest

from tests.contracts.outside import GUITAR, LOOK, about, beacon, later


@pytest.mark.parametrize(
    ("consent", "headers", "reason"),
    [
        ({"measure": True, "personalise": False}, {}, "no_consent"),
        ({"measure": True, "personalise": True}, {"Sec_GPC": "1"}, "gpc"),
    ],
)
def test_measured_but_not_decided(demo, consent, headers, reason):
    """Without consent to personalise, or with GPC: measured, and never a card."""
    sent = [beacon(LOOK, "ask", consent=consent) for _ in range(5)]

    assert {demo.send(one, **headers).status for one in sent} == {204}
    record = demo.records(sent[0]["visitor"])[0]
    assert (record["eligible"], record["action"]) == (["none"], "none")
    assert set(record["refused"].values()) == {reason}


def test_explicit_consent_outweighs_gpc(demo):
    """`Sec-GPC` is not heard where the consent was explicit."""
    sent = beacon(LOOK, "ask")
    demo.send(sent, Sec_GPC="1")

    assert "gpc" not in demo.records(sent["visitor"])[0]["refused"].values()


def test_without_consent_no_trace(demo):
    """Without `consent.measure`: 204, counted, and nothing else is kept."""
    count = 'engage_beacons_total{result="no_consent"}'
    before = demo.series().get(count, 0)
    sent = beacon(LOOK, "ask", consent={"measure": False, "personalise": True})

    assert demo.send(sent).status == 204
    assert demo.shop("GET", f"/v1/visitors/{sent['visitor']}").status == 404
    assert demo.series()[count] == before + 1


def test_answer_form(demo):
    """A card has these parts, content of the named ones, and a limited life."""
    _, card = demo.card()
    content = {"title", "text", "cta", "decline", "disclosure", "code", "terms"}

    assert set(card) == {
        *("id", "token", "action", "kind", "moment", "content", "expires_in_ms")
    }
    assert card["id"].startswith("d_")
    assert set(card["content"]) <= content | {"href", "items", "group"}
    assert card["content"]["title"]
    assert card["expires_in_ms"] == 60_000


@pytest.mark.parametrize("token", ["x", "1.2.3", ""])
def test_forged_token(demo, token):
    """A forged token is 401 and its whole beacon is not applied."""
    sent, card = demo.card()
    forged = {**about(card, "action_clicked"), "token": token}
    said = demo.send(later(sent, {"name": "add_to_cart", "item": GUITAR}, forged))

    assert said.status == (401 if token else 400)
    held = demo.shop("GET", f"/v1/visitors/{sent['visitor']}").json
    assert held["sessions"][0]["cart"] == []
    assert held["decisions"][0]["outcomes"] == []


def test_foreign_token(demo):
    """A token of somebody else's card is 401, and nothing of its beacon is kept."""
    _, card = demo.card()
    stranger = beacon("page_view", about(card, "action_clicked"))

    assert demo.send(stranger).status == 401
    assert demo.shop("GET", f"/v1/visitors/{stranger['visitor']}").status == 404


def test_outcomes(demo):
    """Outcomes join the record once; a repeated one is 204 and counted."""
    sent, card = demo.card()
    count = 'engage_dropped_total{reason="repeated_outcome"}'
    before = demo.series().get(count, 0)
    shown = later(sent, about(card, "action_shown"))
    again = later(shown, about(card, "action_shown"))
    closed = later(again, about(card, "action_dismissed", by="escape"))
    told = [demo.send(one).status for one in (shown, again, closed)]

    assert told == [204, 204, 204]
    outcomes = demo.records(sent["visitor"])[0]["outcomes"]
    assert [one["name"] for one in outcomes] == ["shown", "dismissed"]
    assert outcomes[1]["by"] == "escape"
    assert demo.series()[count] == before + 1


@pytest.mark.parametrize(
    ("name", "fields", "field"),
    [
        ("action_dismissed", {"by": "boredom"}, "by"),
        ("chat_rated", {"rating": 0}, "rating"),
        ("chat_rated", {"rating": 6}, "rating"),
        ("action_shown", {"decision": ...}, "decision"),
        ("action_shown", {"token": ...}, "token"),
    ],
)
def test_outcome_fields(demo, name, fields, field):
    """An outcome names its decision and token; `by` and `rating` are bounded."""
    plain = {"name": name, "decision": "d_1", "token": "1.a.b", **fields}
    event = {k: v for k, v in plain.items() if v is not ...}

    assert demo.beacon(event).told == (400, f"events[0].{field}")


def test_confirm(demo):
    """200 while the card is good; a wrong token, id or body is 401, 404, 400."""
    _, card = demo.card()
    path, token = f"/v1/decisions/{card['id']}/confirm", {"token": card["token"]}

    def ask(at, body):
        return demo.call("POST", at, body, Content_Type="application/json").status

    assert ask(path, token) == 200
    assert ask(path, {"token": card["token"][:-2] + "xx"}) == 401
    assert ask(path, {}) == 400
    assert ask("/v1/decisions/d_none/confirm", token) == 404


def test_origins(demo):
    """Any loopback origin may send to the demo; `null` and others never; none may."""
    told = {
        origin: demo.send(beacon("page_view"), Origin=origin).status
        for origin in (
            "http://localhost:3000",
            "http://127.0.0.1",
            "null",
            "http://a.b",
        )
    }

    assert list(told.values()) == [204, 204, 403, 403]
    assert demo.beacon("page_view").status == 204


def test_forget(demo):
    """The event `forget` erases its visitor."""
    sent, _ = demo.card()
    before = demo.shop("GET", f"/v1/visitors/{sent['visitor']}").status
    demo.send(later(sent, "forget"))

    assert before == 200
    assert demo.shop("GET", f"/v1/visitors/{sent['visitor']}").status == 404
