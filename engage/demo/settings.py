"""The demo's configuration, in code: one site, four kinds of help, short windows."""

# Rules of this file: nothing the demo does is special; a shop could write the same in
# its engage.toml. The keys are public, so the demo listens on loopback only.

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engage.settings import (
    GateSettings,
    InterventionSettings,
    MomentSettings,
    MoneySettings,
    ServerSettings,
    Settings,
    SiteSecrets,
    SiteSettings,
    TextSettings,
    WindowSettings,
)
from engage.settings import RuleSettings as Rule

SITE_KEY: Final = "pk_demo"
SERVER_KEY: Final = "sk_demo"
POOL: Final = "autumn10"
# More codes than the demo's budget could ever pay for.
CODES: Final = tuple(f"HERBST-{number:04d}" for number in range(1, 2_001))
# Whose agents are announced: a group a shelf. Only two of them chat so far.
GROUPS: Final = ("guitars", "cameras", "shoes", "audio")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What the command line can change.

    Attributes:
        window_s: the short close; the long close is ten times that, seconds.
        cooldown_s: between two draws of a visitor, seconds.
        lingering_s: active seconds on a product that count as lingering.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    data: str = "demo-data"
    seed: int = 7
    traffic: bool = True
    window_s: float = 60.0
    cooldown_s: float = 30.0
    lingering_s: float = 10.0


def demo_settings(options: DemoOptions) -> Settings:
    """Return the demo's settings."""
    return Settings(
        server=ServerSettings(
            host=options.host,
            port=options.port,
            data=options.data,
            limit_loopback=False,
            drain_delay_s=0.0,
            drain_limit_s=3.0,
        ),
        sites=(_site(options),),
        secrets={
            SITE_KEY: SiteSecrets(server_key=SERVER_KEY, salt=b"the demo's open salt")
        },
    )


def _site(options: DemoOptions) -> SiteSettings:
    return SiteSettings(
        key=SITE_KEY,
        name="Halbton",
        any_loopback_origin=True,
        welcome_automated=True,
        chat_groups=GROUPS,
        # The middle product's own margin: this shop sells guitars beside plectrums.
        money=MoneySettings(order_margin_cents=14_000),
        windows=WindowSettings(
            short_close_s=options.window_s,
            long_close_s=10 * options.window_s,
            # Short windows, short visits; but long enough to fetch a coffee.
            session_idle_s=max(300.0, 2 * options.window_s),
        ),
        moments=MomentSettings(
            lingering_s=options.lingering_s,
            lingering_least_s=min(15.0, options.lingering_s),
        ),
        gates=GateSettings(
            cooldown_s=options.cooldown_s,
            # A demo is tried again and again: caps as wide as the windows are short.
            max_per_session=8,
            max_per_visitor_day=40,
            kind_pause_s=2 * options.cooldown_s,
            dismissed_pause_s=5 * options.window_s,
        ),
        interventions=_interventions(valid_s=max(60.0, 10 * options.window_s)),
        rules=(
            Rule(action="similar", moments=("out_of_stock",)),
            Rule(
                action="chat_guitars", categories=("guitars",), min_price_cents=50_000
            ),
            Rule(
                action="chat_cameras", categories=("cameras",), min_price_cents=50_000
            ),
            Rule(action="size_guide", categories=("shoes",)),
            Rule(action="autumn10", moments=("price_doubt", "leaving")),
            Rule(action="returns", moments=("stalled_checkout", "struggling")),
        ),
    )


def _interventions(*, valid_s: float) -> tuple[InterventionSettings, ...]:
    return (*_chats(), *_offers(valid_s=valid_s), *_helps())


def _chats() -> tuple[InterventionSettings, ...]:
    return (
        InterventionSettings(
            id="chat_guitars",
            kind="chat",
            pages=("product", "list"),
            categories=("guitars",),
            min_price_cents=30_000,
            texts=_texts(
                "Unschlüssig bei der Gitarre?",
                "Mara aus der Werkstatt hat sie neben sich und antwortet im Chat.",
                "Frag Mara",
                "Torn about this guitar?",
                "Mara from the workshop has it next to her and answers in the chat.",
                "Ask Mara",
            ),
            options={"group": "guitars"},
        ),
        InterventionSettings(
            id="chat_cameras",
            kind="chat",
            pages=("product", "list"),
            categories=("cameras",),
            min_price_cents=30_000,
            texts=_texts(
                "Die richtige Kamera?",
                "Ole fotografiert seit zwanzig Jahren und ist im Chat.",
                "Ole fragen",
                "The right camera?",
                "Ole has taken pictures for twenty years and is in the chat now.",
                "Ask Ole",
            ),
            options={"group": "cameras"},
        ),
    )


def _offers(*, valid_s: float) -> tuple[InterventionSettings, ...]:
    return (
        InterventionSettings(
            id="autumn10",
            kind="discount",
            pages=("product", "cart", "list"),
            texts=_texts(
                "Dein Gutschein: {percent}",
                "Einfach an der Kasse eingeben.",
                "Code kopieren",
                "Your voucher: {percent}",
                "Just enter it at checkout.",
                "Copy code",
            ),
            options={
                "pool": POOL,
                "percent": 10,
                # Twice what short windows and this many visitors hold at a time.
                "budget_cents": 1_000_000,
                "max_amount_cents": 9_000,
                # A code nobody uses gives its money back when the long window closes.
                "valid_s": valid_s,
            },
        ),
        InterventionSettings(
            id="similar",
            kind="alternative",
            pages=("product",),
            texts=_texts(
                "Das könnte auch passen",
                "Passt zu dem, was du ansiehst, und ist auf Lager.",
                "Ansehen",
                "This might suit you, too",
                "It goes with what you are looking at, and is in stock.",
                "Take a look",
            ),
            options={"count": 3},
        ),
    )


def _helps() -> tuple[InterventionSettings, ...]:
    return (
        InterventionSettings(
            id="size_guide",
            kind="help",
            pages=("product",),
            categories=("shoes",),
            texts=_texts(
                "Welche Größe passt?",
                "Zwei Minuten mit dem Maßband sparen eine Rücksendung.",
                "Zur Größentabelle",
                "Which size fits?",
                "Two minutes with a tape measure save a return.",
                "Open the size guide",
            ),
            options={"href": "#size-guide", "topics": ["size", "page"]},
        ),
        InterventionSettings(
            id="returns",
            kind="help",
            pages=("product", "cart", "checkout", "search"),
            texts=_texts(
                "30 Tage in Ruhe ausprobieren",
                "Rücksendung kostenlos, Geld zurück in drei Tagen.",
                "So geht's",
                "Try it for 30 days",
                "Free returns, money back within three days.",
                "How it works",
            ),
            options={
                "href": "/help/returns",
                "topics": ["returns", "shipping", "checkout", "price", "page"],
            },
        ),
    )


def _texts(*words: str) -> dict[str, TextSettings]:
    """Return title, text and call to action, German first, then English.

    In German the shop says "du", as on its pages.
    """
    decline = {"de": "Nein danke", "en": "No thanks"}
    disclosure = {
        "de": "Automatisch ausgewählt, nach deinem Besuch.",
        "en": "Chosen automatically, based on your visit.",
    }
    return {
        locale: TextSettings(
            title=title,
            text=text,
            cta=cta,
            decline=decline[locale],
            disclosure=disclosure[locale],
        )
        for locale, (title, text, cta) in (("de", words[:3]), ("en", words[3:]))
    }
