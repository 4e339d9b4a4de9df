"""What invented customers say about the demo shop's products."""

# Rules of this file: no randomness; a product's reviews follow from its id.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from zlib import crc32

from engage.demo.product import Product, Text, both


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One review.

    Attributes:
        author: first name and initial.
        stars: 1 to 5.
        text: one or two sentences.
    """

    author: str
    stars: int
    text: Text


def _said(author: str, stars: int, *, de: str, en: str) -> Review:
    return Review(author=author, stars=stars, text=both(de, en))


_SAID: Mapping[str, tuple[Review, ...]] = MappingProxyType(
    {
        "guitars": (
            _said(
                "Jonna R.",
                5,
                de="Ausgepackt, gestimmt, drei Stunden nicht mehr aufgehört.",
                en="Unpacked it, tuned it, did not stop for three hours.",
            ),
            _said(
                "Piet W.",
                4,
                de="Klingt größer, als sie kostet. Saitenlage musste ich etwas senken.",
                en="Sounds bigger than its price. I had to lower the action a little.",
            ),
            _said(
                "Amira K.",
                5,
                de="Die Beratung im Chat hat mich vor dem falschen Modell bewahrt.",
                en="The advice in the chat saved me from the wrong model.",
            ),
        ),
        "amplifiers": (
            _said(
                "Tomke S.",
                5,
                de="Warm, direkt, und die Nachbarn grüßen noch.",
                en="Warm, direct, and the neighbours still say hello.",
            ),
            _said(
                "Ravi M.",
                4,
                de="Viel Ton für die Größe. Der Griff dürfte breiter sein.",
                en="Plenty of tone for its size. The handle could be wider.",
            ),
            _said(
                "Lene D.",
                5,
                de="Endlich ein Hall, der nicht nach Blechdose klingt.",
                en="At last a reverb that does not sound like a tin.",
            ),
        ),
        "shoes": (
            _said(
                "Marlene B.",
                5,
                de="Aus dem Karton direkt auf einen langen Tag, keine Blase.",
                en="Out of the box into a long day, not one blister.",
            ),
            _said(
                "Otis F.",
                4,
                de="Die Größentabelle stimmt auf den halben Zentimeter.",
                en="The size guide is right to half a centimetre.",
            ),
            _said(
                "Selma T.",
                4,
                de="Schönes Leder, die ersten Tage etwas fest.",
                en="Beautiful leather, a little stiff for the first days.",
            ),
        ),
        "cameras": (
            _said(
                "Henrik A.",
                5,
                de="Man nimmt sie mit, ohne nachzudenken. Das ist das Beste daran.",
                en="You take it along without thinking. That is the best of it.",
            ),
            _said(
                "Yuki N.",
                5,
                de="Farben wie auf Film, auch bei schlechtem Licht.",
                en="Colours like film, even in poor light.",
            ),
            _said(
                "Clara V.",
                4,
                de="Menü nach zehn Minuten verstanden, Akku hält einen Tag.",
                en="Understood the menu in ten minutes; the battery lasts a day.",
            ),
        ),
        "headphones": (
            _said(
                "Bela G.",
                5,
                de="Ich höre Stellen in alten Platten, die ich nie gehört habe.",
                en="I hear things in old records that I have never heard.",
            ),
            _said(
                "Ines P.",
                4,
                de="Sitzt leicht, auch mit Brille.",
                en="Sits lightly, even with glasses.",
            ),
            _said(
                "Karl-Ole H.",
                4,
                de="Guter Klang, das Kabel könnte länger sein.",
                en="Good sound; the cable could be longer.",
            ),
        ),
    }
)


def reviews_of(item: Product) -> tuple[Review, ...]:
    """Return two or three reviews of a product, in an order its id decides."""
    said = _SAID[item.category]
    seed = crc32(item.item_id.encode())
    start = seed % len(said)
    return (said[start:] + said[:start])[: 2 + seed % 2]
