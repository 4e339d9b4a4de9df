"""What every kind of intervention promises; a new one joins by its line in `KINDS`."""

from dataclasses import replace
from typing import get_args

import pytest

from engage.errors import ConfigError
from engage.interventions.base import PREVIEWED, Inputs, Reserved
from engage.interventions.kinds import KINDS
from engage.interventions.texts import mistakes_in
from engage.wire.decision import Content, Refusal
from tests.unit.interventions.builders import (
    PLENTY,
    added,
    intervention,
    settings_of,
    site,
    visit,
)

SESSIONS = {
    "product": visit(),
    "cart": visit(added(), page="cart"),
    "home": visit(page="home"),
}

pytestmark = pytest.mark.parametrize("kind", sorted(KINDS))
in_any_session = pytest.mark.parametrize("session", SESSIONS.values(), ids=SESSIONS)


def test_name(kind):
    """The table's name, the class's name and the intervention's kind are one."""
    assert KINDS[kind].name == kind == intervention(kind).kind


def test_minimal_settings(kind):
    """The options a kind cannot do without make a working intervention."""
    session = SESSIONS["product"]

    assert intervention(kind).refusal(session, PLENTY) is None


@pytest.mark.parametrize("locale", ["de", "en", "de-AT", "fr", ""])
def test_texts(kind, locale):
    """Without a word from the shop the card says everything, in some language."""
    content = intervention(kind).content(SESSIONS["product"], PLENTY, locale, PREVIEWED)

    assert content.title
    assert content.text
    assert content.cta
    assert content.decline
    assert content.disclosure


def test_built_in_texts_are_clean(kind):
    """Our own texts keep the rules that the shop's texts must keep."""
    built_in = KINDS[kind].built_in

    assert set(built_in) >= {"de", "en"}
    assert mistakes_in(built_in, where=kind) == []


@in_any_session
def test_no_brace_is_left(kind, session):
    """Every placeholder has a value in every session."""
    texts = {
        locale: replace(
            text, text="{title} {price} {percent} {amount} {code} {conditions}"
        )
        for locale, text in KINDS[kind].built_in.items()
    }
    content = intervention(kind, texts=texts).content(
        session, Inputs(), "de", Reserved(code="X")
    )

    assert "{" not in content.text


@in_any_session
def test_refusal_is_of_the_contract(kind, session):
    """With nothing in stock it may object, with a reason of the closed list."""
    reasons = (None, *get_args(Refusal))

    assert intervention(kind).refusal(session, Inputs()) in reasons
    assert intervention(kind).refusal(session, PLENTY) in reasons


def test_prior(kind):
    """How likely it is accepted, until that is learned, is a probability."""
    assert 0.0 <= intervention(kind).prior_accept <= 1.0


@in_any_session
def test_reservation(kind, session):
    """What it sets aside is whole cents and a share of one, for some time."""
    held = intervention(kind).reservation(session, PLENTY, p_accept=0.2)

    assert held is None or (
        held.amount_cents >= 0 and 0 < held.share <= 1 and held.valid_s > 0
    )


def test_preview(kind):
    """A preview is the card itself; the code alone is none."""
    one = intervention(kind)
    preview = one.content(SESSIONS["product"], PLENTY, "de", PREVIEWED)
    real = one.content(SESSIONS["product"], PLENTY, "de", Reserved(code="PREVIEW"))

    assert isinstance(preview, Content)
    assert preview == real


def test_version_is_stable(kind):
    """The same settings make the same version, in any order of their keys."""
    given = settings_of(kind)
    turned = replace(given, options=dict(reversed(given.options.items())))

    assert (
        KINDS[kind].read(given, site()).version
        == KINDS[kind].read(turned, site()).version
    )


def test_version_changes_with_words(kind):
    """Every word of the shop counts."""
    ours = KINDS[kind].built_in
    other = {"de": replace(ours["de"], cta="Los!"), "en": ours["en"]}

    assert intervention(kind).version == intervention(kind, texts=dict(ours)).version
    assert intervention(kind).version != intervention(kind, texts=other).version


def test_unknown_option(kind):
    """An option the kind does not know is a mistake, with its name and value."""
    with pytest.raises(
        ConfigError,
        match=r"\.options\.colour: is no option; must be one of .*, got 'red'$",
    ):
        intervention(kind, options={"colour": "red"})


def test_pure(kind):
    """The same question has the same answer."""
    one, session = intervention(kind), SESSIONS["cart"]

    assert one.refusal(session, PLENTY) == one.refusal(session, PLENTY)
    assert one.content(session, PLENTY, "de", PREVIEWED) == one.content(
        session, PLENTY, "de", PREVIEWED
    )
