"""The active currency codes of ISO 4217, so that `EURO` or `XYZ` is caught at the door.

Source: ISO 4217 list one (alphabetic codes of money in use; no metals, no test codes).
"""

# Rules of this file: codes only. Amounts are two-decimal everywhere (`money`); only who
# writes them for people must know which currencies have no hundredths.

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

CODES: frozenset[str] = frozenset(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL
    BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP
    ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR
    IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL
    LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR
    NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD
    SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX
    USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    """.split()  # noqa: SIM905 - a block of codes reads better than 155 quotes
)

# Amounts of these have three decimals, of which we keep two (exponent 3).
FINE: frozenset[str] = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})

# Nobody pays a hundredth of these (exponent 0 of the same list).
WHOLE: frozenset[str] = frozenset(
    """
    BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF
    """.split()  # noqa: SIM905 - as above
)

# A closed choice is looked up in C while decoding; to the type checker it is a word.
if TYPE_CHECKING:
    Currency = str
else:
    Currency = Annotated[
        Literal[tuple(sorted(CODES))],
        Meta(description="an ISO 4217 currency code"),
    ]
