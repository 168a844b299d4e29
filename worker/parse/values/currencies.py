"""Currencies by codes, signs and names. Source: ISO 4217, with the codes that it has withdrawn."""

from types import MappingProxyType
from typing import NamedTuple

__all__ = ["NOUNS", "SIGNS", "code_of_noun", "code_of_sign", "is_common_word", "is_hundredth"]

# Names of the currency : its code if no country is named, else "-" : country and code.
_TABLE = """
dollar dollars : USD : CA CAD AU AUD NZ NZD HK HKD SG SGD TW TWD JM JMD TT TTD NA NAD ZW ZWL
    FJ FJD BS BSD LR LRD GY GYD BB BBD BN BND
euro euros : EUR :
pound pounds : GBP : EG EGP SD SDG SS SSP SY SYP LB LBP IE IEP CY CYP TR TRL
yen : JPY :
yuan renminbi : CNY :
won : KRW : KP KPW
ruble rubles rouble roubles : RUB : BY BYN
crown crowns krona kronor krone kroner : - : SE SEK NO NOK DK DKK CZ CZK IS ISK SK SKK EE EEK
koruna korunas koruny : CZK : SK SKK
franc francs : - : CH CHF FR FRF BE BEF LU LUF RW RWF DJ DJF GN GNF BI BIF CG XAF CM XAF GA XAF
    TD XAF SN XOF CI XOF ML XOF NE XOF BJ XOF TG XOF BF XOF
mark marks : - : DE DEM FI FIM BA BAM
deutschmark deutschmarks deutschemark deutschemarks : DEM :
peso pesos : - : MX MXN AR ARS CL CLP CO COP PH PHP UY UYU CU CUP DO DOP
rupee rupees : INR : PK PKR LK LKR NP NPR MU MUR SC SCR
rupiah rupiahs : IDR :
ringgit ringgits : MYR :
baht bahts : THB :
dong : VND :
taka takas : BDT :
kyat kyats : MMK :
kip : LAK :
riel riels : KHR :
rand rands : ZAR :
reais reals : BRL :
real : - : BR BRL
naira nairas : NGN :
cedi cedis : GHS :
birr birrs : ETB :
shilling shillings : - : KE KES TZ TZS UG UGX SO SOS
kwacha kwachas : - : ZM ZMW MW MWK
pula : BWP :
metical meticais : MZN :
dirham dirhams : - : AE AED MA MAD
dinar dinars : - : IQ IQD JO JOD KW KWD BH BHD RS RSD TN TND DZ DZD LY LYD MK MKD
rial rials riyal riyals : - : SA SAR QA QAR OM OMR IR IRR YE YER
lira liras : TRY : IT ITL SY SYP LB LBP MT MTL
lire : ITL :
zloty zlotys zloties : PLN :
forint forints : HUF :
leu lei : RON : MD MDL
lev leva levs : BGN :
kuna kunas : HRK :
hryvnia hryvnias hryvnya hryvnyas hryvna hryvnas : UAH :
tenge : KZT :
som soms : KGS :
soum soums : UZS :
manat manats : AZN : TM TMT
lari laris : GEL :
dram drams : AMD :
somoni somonis : TJS :
tugrik tugriks : MNT :
shekel shekels : ILS :
afghani afghanis : AFN :
bolivar bolivars bolivares : VES :
boliviano bolivianos : BOB :
quetzal quetzals : GTQ :
lempira lempiras : HNL :
guarani guaranis : PYG :
peseta pesetas : ESP :
escudo escudos : PTE :
guilder guilders : NLG :
schilling schillings : ATS :
drachma drachmas : GRD :
markka markkaa : FIM :
ecu ecus : XEU :
pence penny : GBP :
kopeck kopecks kopek kopeks : RUB :
euro_cent euro_cents : EUR :
cent cents : USD : CA CAD AU AUD NZ NZD HK HKD SG SGD DE EUR FR EUR IT EUR ES EUR IE EUR NL EUR
    BE EUR AT EUR FI EUR PT EUR GR EUR
"""
_HUNDREDTHS = frozenset({"cent", "cents", "pence", "penny", "euro cent", "euro cents"}) | frozenset(
    ("kopeck", "kopecks", "kopek", "kopeks")
)
_LOCAL = frozenset({"cent", "cents", "rupee", "rupees"})
"""Names that are those of the place of filing, and of the default elsewhere."""

_COMMON_WORDS = frozenset(
    "pound pounds crown crowns won mark marks real reals rand kip som lev dram lari leu lei pula"
    " ecu dong cent penny".split()
)
"""Names of currencies that are other words too: `200 pounds of flour`, `of ten games 3 won`."""

SIGNS = MappingProxyType(
    {
        "$": "USD", "US$": "USD", "U.S.$": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD",
        "CA$": "CAD", "CAD$": "CAD", "NZ$": "NZD", "HK$": "HKD", "S$": "SGD", "NT$": "TWD",
        "R$": "BRL", "J$": "JMD", "T$": "TWD", "Z$": "ZWL", "€": "EUR", "£": "GBP", "E£": "EGP",
        "¥": "JPY", "₹": "INR", "₽": "RUB", "₩": "KRW", "₴": "UAH", "₦": "NGN", "₺": "TRY",
        "₪": "ILS", "₸": "KZT", "Rs": "INR", "Rs.": "INR", "Tk": "BDT", "RM": "MYR", "DM": "DEM",
    }
)  # fmt: skip


_CODE_ALIASES = MappingProxyType({"RMB": "CNY"})


class _Currency(NamedTuple):
    """A name of currencies: the code where no country is named, and the codes of countries."""

    default: str | None
    codes: dict[str, str]


def _read_table() -> dict[str, _Currency]:
    currencies: dict[str, _Currency] = {}
    for row in _TABLE.strip().replace("\n    ", " ").splitlines():
        names, default, pairs = [part.split() for part in row.split(":")]
        codes = dict(zip(pairs[::2], pairs[1::2], strict=True))
        currency = _Currency(None if default == ["-"] else default[0], codes)
        currencies |= dict.fromkeys([name.replace("_", " ") for name in names], currency)
    return currencies


_CURRENCIES = _read_table()
_CODES = frozenset(
    code
    for currency in _CURRENCIES.values()
    for code in (currency.default, *currency.codes.values(), *SIGNS.values())
    if code
)
NOUNS = tuple(_CURRENCIES)
"""The names of currencies and of their hundredths, in small letters."""


def code_of_sign(sign: str) -> str | None:
    """Return the currency of a sign or code before an amount: "A$", "Rs", "KZT"."""
    alias = _CODE_ALIASES.get(sign, sign)
    return alias if alias in _CODES else SIGNS.get(sign)


def code_of_noun(noun: str, country: str | None, *, is_named: bool) -> str | None:
    """Return the currency of a name and a country, None if they do not tell which.

    `is_named` is True if the text names the country with the currency, and False if it is only
    where the story was filed: the dollars of a story from Sydney may be American, its crowns are
    those of the place.

    >>> code_of_noun("crowns", "SE", is_named=True), code_of_noun("dollars", "SE", is_named=False)
    ('SEK', 'USD')
    """
    currency = _CURRENCIES[noun]
    if is_named or not currency.default or noun in _LOCAL:
        own = currency.codes.get(country or "")
        if own or not is_named:
            return own or currency.default
        # `US dollars`, `Japanese yen`: the country of the default is not in the table.
    return currency.default


def is_hundredth(noun: str) -> bool:
    """True for names of coins: a hundredth of the currency's unit."""
    return noun in _HUNDREDTHS


def is_common_word(noun: str) -> bool:
    """True for names that are mostly something else."""
    return noun in _COMMON_WORDS
