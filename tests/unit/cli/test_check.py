"""`engage check`: the same reading as `serve`, and nothing is written."""

import shutil
from pathlib import Path

import orjson
import pytest

from engage.cli import main
from engage.cli.check import dead_rules, notes_on
from engage.settings import (
    GateSettings,
    HoldoutSettings,
    InterventionSettings,
    PolicySettings,
    RuleSettings,
    ScheduleSettings,
    SiteSettings,
    TextSettings,
)

ROOT = Path(__file__).parents[3]
KEY = "sk_0123456789abcdef"


@pytest.fixture
def example(tmp_path, monkeypatch):
    """The example configuration, with its key in the environment."""
    monkeypatch.setenv("ENGAGE_PK_EXAMPLE_SERVER_KEY", KEY)
    return Path(shutil.copy(ROOT / "deploy/engage.example.toml", tmp_path))


def test_example_is_good(example, capsys):
    """The annotated example is accepted, and checking writes nothing."""
    code = main(["check", str(example)])

    assert code == 0
    told = capsys.readouterr().out
    assert ": 1 site, 4 interventions, good" in told
    assert "pk_example: mode: shadow" in told
    assert list(example.parent.iterdir()) == [example]


def test_every_mistake_is_told(example, capsys):
    """Each mistake is one line with file, key, limit and value; exit code 2."""
    text = example.read_text()
    text = text.replace("port = 8080", "port = 80800").replace(
        "count = 3", "count = 33"
    )
    example.write_text(text.replace('action = "similar"', 'action = "similer"'))
    code = main(["check", str(example)])
    lines = capsys.readouterr().err.splitlines()

    assert code == 2
    assert all(line.startswith(f"{example}: ") for line in lines)
    assert [line.split(": ")[1] for line in lines] == [
        "server.port",
        "sites[0].rules[0].action",
        "sites[0].interventions.similar.options.count",
    ]


def test_machines_are_told(example, capsys):
    """With --json mistakes, or what is no mistake and yet no shop, are plain data."""
    text = example.read_text()
    codes = [main(["check", str(example), "--json"])]
    example.write_text(text.replace("port = 8080", "port = 80800"))
    codes.append(main(["check", str(example), "--json"]))
    good, bad = map(orjson.loads, capsys.readouterr().out.splitlines())

    assert codes == [0, 2]
    shadow = "mode: shadow, so decisions are recorded and no card is shown"
    assert good == {"mistakes": [], "notes": {"pk_example": [shadow]}}
    assert [one.split(": ")[1] for one in bad["mistakes"]] == ["server.port"]


@pytest.mark.parametrize("name", ["ENGAGE_ADMIN_TOKEN", "ENGAGE_READER_TOKEN"])
def test_token_that_can_be_guessed(example, name, monkeypatch, capsys):
    """What the start would refuse is told here, too; nothing is written."""
    monkeypatch.setenv(name, "short")
    code = main(["check", str(example)])

    assert code == 2
    assert f"{name}: must have >= 16 characters" in capsys.readouterr().err
    assert list(example.parent.iterdir()) == [example]


def test_missing_key_is_a_mistake(tmp_path, capsys):
    """What `serve` would refuse, `check` refuses."""
    path = tmp_path / "engage.toml"
    path.write_text('[[sites]]\nkey = "pk_1"\n')

    assert main(["check", str(path)]) == 2
    assert "set ENGAGE_PK_1_SERVER_KEY" in capsys.readouterr().err


def rule(action="a", **fields):
    """Return a rule."""
    return RuleSettings(action=action, **fields)


NEVER = [
    ((rule(), rule(pages=("cart",))), ["rules[1]: can never fire, rules[0]"]),
    ((rule(pages=("cart", "list")), rule(pages=("cart",))), ["rules[1]: can never"]),
    ((rule(min_price_cents=5), rule(min_price_cents=9)), ["rules[1]: can never fire"]),
    ((rule(min_price_cents=9, max_price_cents=5),), ["rules[0].max_price_cents: must"]),
    ((rule("none"), rule(pages=("cart",))), ["rules[1]: can never fire, rules[0]"]),
    ((rule("none", pages=("cart",)), rule("a")), []),
    ((rule(pages=("cart",)), rule()), []),
    ((rule("b"), rule("a")), []),
    ((rule(max_price_cents=5), rule(max_price_cents=9)), []),
    ((rule(max_price_cents=5), rule()), []),
    ((rule(min_price_cents=5), rule()), []),
    ((rule(pages=("cart",)), rule(segments=("new",))), []),
]


@pytest.mark.parametrize(("rules", "said"), NEVER)
def test_rules_that_never_fire(rules, said):
    """A rule behind a wider one for the same action, or for nothing, is dead."""
    found = dead_rules(SiteSettings(key="pk_1", rules=rules))

    assert len(found) == len(said)
    assert all(one.startswith(start) for one, start in zip(found, said, strict=True))


APART = [
    ({"pages": ("thanks",)}, {"pages": ("cart", "list")}, "pages"),
    ({"pages": ("payment",)}, {}, "pages"),
    ({"moments": ("leaving",)}, {"moments": ("paused",)}, "moments"),
    ({"moments": ("leaving", "ask")}, {"moments": ("paused",)}, None),
    ({"segments": ("new",)}, {"segments": ("loyal",)}, "segments"),
    ({"categories": ("shoes",)}, {"categories": ("guitars",)}, "categories"),
    ({"categories": ("Shoes",)}, {"categories": ("apparel > shoes",)}, None),
    ({"max_price_cents": 500}, {"min_price_cents": 501}, "prices"),
    ({"min_price_cents": 500}, {"max_price_cents": 500}, None),
    ({}, {"preview_only": True}, None),
    ({"pages": ("cart",)}, {"categories": ("guitars",)}, None),
]


@pytest.mark.parametrize(("asked", "offered", "said"), APART)
def test_rule_for_what_is_not_offered_there(asked, offered, said):
    """Where a rule fits and where its intervention may be shown must meet."""
    one = InterventionSettings(id="a", kind="help", **offered)
    site = SiteSettings(key="pk_1", rules=(rule(**asked),), interventions=(one,))

    told = [found.split(":")[0] for found in dead_rules(site)]
    assert told == ([] if said is None else [f"rules[0].{said}"])


FIRST = 'pages = ["product"]'
WRONG = [
    (FIRST, 'pages = ["payment"]', "chat_guitars.pages: must"),
    ('title = "Torn about this guitar?"', 'title = " "', "en.title: must not be blank"),
    ('currency = "EUR"', 'currency = "XYZ"', "money.currency: must be an ISO 4217"),
    ("CHF = 1.05", "chf = 1.05", "money.rates: must be of ISO 4217 codes other than"),
    ('kind = "chat"', 'kind = "chat"\nmax_price_cents = 5', "max_price_cents: must be"),
]


@pytest.mark.parametrize(("good", "bad", "said"), WRONG)
def test_what_can_never_be(example, capsys, good, bad, said):
    """A currency that is none, or prices with nothing between them, are mistakes."""
    example.write_text(example.read_text().replace(good, bad, 1))

    assert main(["check", str(example)]) == 2
    assert said in capsys.readouterr().err


NOTED = [
    ({"pages": ("cart",), "min_price_cents": 1}, ["min_price_cents"]),
    ({"pages": ("cart", "list"), "max_price_cents": 9}, ["max_price_cents"]),
    ({"pages": ("home", "checkout"), "categories": ("a",)}, []),
    ({"pages": ("cart", "product"), "min_price_cents": 1}, []),
    ({"pages": ("cart",)}, []),
    ({"min_price_cents": 1, "categories": ("a",)}, []),
]


@pytest.mark.parametrize(("offered", "said"), NOTED)
def test_pages_without_a_product(offered, said):
    """A price of the product looked at, on pages that show none: a note says so."""
    one = InterventionSettings(id="a", kind="help", **offered)
    notes = notes_on(SiteSettings(key="pk_1", interventions=(one,)))

    told = [note.split(":")[0] for note in notes if note.startswith("interventions.a")]
    assert told == [f"interventions.a.{name}" for name in said]


@pytest.mark.parametrize(("days", "count"), [(((),), 1), (((), ("mon",)), 0)])
def test_no_day(days, count):
    """An intervention whose hours name no day is never offered: a note says so."""
    spans = tuple(ScheduleSettings(days=one) for one in days)
    one = InterventionSettings(id="a", kind="help", schedule=spans)
    notes = notes_on(SiteSettings(key="pk_1", interventions=(one,)))

    assert sum("names no day" in note for note in notes) == count


def test_words_in_two_languages():
    """What a shop left empty in a language that we do not speak is told."""
    texts = {
        "nl": TextSettings(title="Hulp?", cta="Lees"),
        "de-AT": TextSettings(title="Hilfe?"),
        "sv": TextSettings(
            title="Hjälp?", text="Ja.", cta="Läs", decline="Nej", disclosure="Val"
        ),
    }
    help_ = InterventionSettings(
        id="a", kind="help", texts=texts, options={"href": "/h"}
    )
    notes = notes_on(SiteSettings(key="pk_1", interventions=(help_,)))

    assert [note.split(", ")[0] for note in notes if "English" in note] == [
        f"interventions.a.texts.nl: {part} is English"
        for part in ("text", "decline", "disclosure")
    ]


def test_conditions_in_another_language():
    """The conditions of a discount are our words, whatever they stand in."""
    terms = {"nl": "{conditions}", "de": "{conditions}", "sv": "En gång."}
    full = dict.fromkeys(("title", "text", "cta", "decline", "disclosure"), "x")
    texts = {key: TextSettings(**full, terms=said) for key, said in terms.items()}
    one = InterventionSettings(id="a", kind="discount", texts=texts, options=PERCENT)
    notes = notes_on(SiteSettings(key="pk_1", interventions=(one,)))

    assert [note.split(", ")[0] for note in notes if "English" in note] == [
        "interventions.a.texts.nl: {conditions} is English"
    ]


PERCENT = {"pool": "p", "percent": 5, "budget_cents": 9}
FIXED = {"pool": "p", "amount_cents": 5, "budget_cents": 9}
IDLE = [
    ("help", {"href": "/h"}, "{code} {title} {price}", ["code"]),
    ("discount", PERCENT, "{percent} {code} {amount}", ["amount"]),
    ("discount", FIXED, "{percent} {conditions} {amount}", ["percent"]),
    ("discount", FIXED, "{percent}{amount} {title}", []),
    ("chat", {"group": "g"}, "{percent}{amount}", ["percent", "amount"]),
]


@pytest.mark.parametrize(("kind", "options", "title", "said"), IDLE)
def test_placeholders_that_stay_empty(kind, options, title, said):
    """What will never stand for anything on such a card is told."""
    texts = {"de": TextSettings(title=title)}
    one = InterventionSettings(id="a", kind=kind, texts=texts, options=options)
    notes = notes_on(SiteSettings(key="pk_1", interventions=(one,)))

    assert [note for note in notes if note.startswith("interventions")] == [
        f"interventions.a.texts.de.title: {{{name}}} is always empty" for name in said
    ]


@pytest.mark.parametrize(
    ("changes", "start"),
    [
        ({"holdout": HoldoutSettings(share=1.0)}, "holdout.share: 1, so nobody is"),
        ({"gates": GateSettings(max_per_session=0)}, "gates: at most 0 cards, so"),
        ({"gates": GateSettings(max_per_visitor_day=0)}, "gates: at most 0 cards, so"),
        ({"mode": "rules"}, "rules: none, so a list that decides"),
        ({"policy": PolicySettings(policy="rules")}, "rules: none, so a list that"),
    ],
)
def test_a_shop_that_shows_nothing(changes, start):
    """What keeps every card back, or decides without a word, is told."""
    usual = notes_on(SiteSettings(key="pk_1"))
    notes = notes_on(SiteSettings(key="pk_1", **changes))

    (said,) = [note for note in notes if note not in usual]
    assert said.startswith(start)
