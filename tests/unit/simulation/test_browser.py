import pytest

from engage.evidence.simulation.acts import Confirm
from engage.evidence.simulation.identity import Reaction
from engage.wire.beacon import decode_beacon, encode_beacon
from engage.wire.decision import Answer
from tests.unit.simulation.builders import (
    beacons,
    browser,
    card,
    events,
    follow,
    names,
)


def look(one, seconds, *, still=False, kind="product"):
    """Yield the acts of opening a page and looking at it."""
    yield from one.open(kind, "/p/g-1")
    yield from one.spend(seconds, still=still)
    yield from one.leave()


def shown_once(answer):
    """Return a service that answers the first beacon with a card, then nothing."""
    rest = iter([answer])
    return lambda _: next(rest, Answer())


def test_pings_every_five_seconds():
    """Activity is reported in pings of five seconds; the rest when the page goes."""
    one, _ = browser()

    sent = events(follow(look(one, 13.0)))

    assert [e.active_ms for e in sent if e.name == "ping"] == [5_000, 5_000, 3_000]


def test_stillness_is_not_active():
    """Without input five seconds count as active, all of it as visible."""
    one, _ = browser()

    pings = [e for e in events(follow(look(one, 40.0, still=True))) if e.name == "ping"]

    assert sum(e.active_ms for e in pings) == 5_000
    assert sum(e.visible_ms for e in pings) == 40_000


def test_idle_marks():
    """Silence is told once each at 10, 30 and 60 s."""
    one, _ = browser()

    sent = events(follow(look(one, 90.0, still=True)))

    assert [e.ms for e in sent if e.name == "idle"] == [10_000, 30_000, 60_000]


def test_batches_after_two_seconds():
    """The first beacon leaves two seconds after its first event, with that age."""
    one, _ = browser()

    first = follow(look(one, 13.0))[0]

    assert first.wait_s == pytest.approx(2.0)
    assert [(e.name, e.age_ms) for e in first.beacon.events] == [("page_view", 2_000)]


def test_urgent_events_go_at_once():
    """An exit intent is sent within 50 ms, with what waited before it."""
    one, _ = browser()

    def acts():
        yield from one.open("product", "/p/g-1")
        yield from one.spend(1.0)
        one.note("exit_intent", device="desktop", how="top")
        yield from one.spend(5.0)

    first = follow(acts())[0]

    assert first.wait_s == pytest.approx(1.05)


def test_page_load_is_a_tab():
    """Each page load has a tab of its own, numbered from 0 without a gap."""
    one, _ = browser()

    def acts():
        yield from one.open("list", "/list/guitars")
        yield from one.spend(11.0)
        yield from look(one, 7.0)

    places = [(beacon.tab, beacon.seq) for beacon in beacons(follow(acts()))]

    assert places == [
        *[("t_1", seq) for seq in range(3)],
        *[("t_2", seq) for seq in range(3)],
    ]


def test_beacons_pass_the_door():
    """Every beacon is read on the strict path and comes back equal."""
    one, _ = browser()

    for beacon in beacons(follow(look(one, 65.0, still=True))):
        read, ignored = decode_beacon(encode_beacon(beacon))
        assert (read, ignored.fields, ignored.events) == (beacon, 0, 0)


def test_waits_sum_up():
    """The waits between acts add up to the time that was spent."""
    one, _ = browser()

    acts = follow(look(one, 13.0))

    assert sum(act.wait_s for act in acts) == pytest.approx(13.0)


def test_dismissed_card():
    """A card is shown at once and dismissed when the shopper says so."""
    one, became = browser(Reaction(how="dismiss", after_s=4.0))

    sent = events(follow(look(one, 20.0), answer=shown_once(card())))

    reports = [(e.name, e.decision, e.by) for e in sent if e.decision]
    assert reports == [
        ("action_shown", "d_1", None),
        ("action_dismissed", "d_1", "close"),
    ]
    assert became == [("discount", "dismiss")]


def test_card_expires_in_its_own_time():
    """A reaction later than the card lives is an expiry."""
    one, became = browser(Reaction(how="click", after_s=30.0))
    answer = shown_once(card(expires_ms=5_000))

    sent = names(follow(look(one, 20.0), answer=answer))

    assert "action_expired" in sent
    assert "action_clicked" not in sent
    assert became == [("discount", "expire")]


def test_pings_slow_down_beside_a_card():
    """While a card is open a ping covers ten seconds."""
    one, _ = browser(Reaction(how="expire", after_s=40.0))

    sent = events(follow(look(one, 32.0), answer=shown_once(card())))

    assert [e.active_ms for e in sent if e.name == "ping"][:2] == [10_000, 10_000]


@pytest.mark.parametrize(("is_free", "last"), [(True, "click"), (False, "refused")])
def test_chat_asks_before_it_opens(is_free, last):
    """A chat starts only when the service confirms that somebody is free."""
    one, became = browser(Reaction(how="click", after_s=3.0))

    acts = follow(look(one, 20.0), answer=shown_once(card("chat")), is_free=is_free)

    assert [(a.decision, a.token) for a in acts if isinstance(a, Confirm)] == [
        ("d_1", "1.x.y")
    ]
    assert ("chat_started" in names(acts)) is is_free
    assert became == [("chat", last)]


def test_revoked_card_goes():
    """A card that is called back is taken down without a report."""
    one, became = browser(Reaction(how="click", after_s=30.0))
    answers = iter([card("chat"), Answer(revoked=("d_1",))])

    sent = names(follow(look(one, 20.0), answer=lambda _: next(answers, Answer())))

    assert became == [("chat", "revoked")]
    assert "action_clicked" not in sent


def test_payment_is_never_disturbed():
    """A card on the payment step is not shown, and that is said."""
    one, _ = browser()

    sent = events(follow(look(one, 9.0, kind="payment"), answer=shown_once(card())))

    reports = [(e.name, e.reason) for e in sent if e.decision]
    assert reports == [("action_not_shown", "payment_step")]


def test_page_that_is_gone_hears_nothing():
    """The answer to a page's last words shows no card anywhere."""
    one, became = browser()

    def acts():
        yield from one.open("product", "/p/g-1")
        yield from one.leave()
        yield from one.open("cart", "/cart")
        yield from one.spend(5.0)

    sent = names(follow(acts(), answer=shown_once(card())))

    assert "action_shown" not in sent
    assert became == []


def test_hidden_tab_shows_nothing():
    """A card that comes while the tab is hidden is reported as not shown."""
    one, _ = browser()

    def acts():
        yield from one.open("product", "/p/g-1")
        yield from one.away(20.0)
        yield from one.spend(5.0)

    sent = events(follow(acts(), answer=shown_once(card())))

    assert [(e.reason) for e in sent if e.name == "action_not_shown"] == ["hidden"]
    assert [e.ms for e in sent if e.name == "tab_visible"] == [20_000]
