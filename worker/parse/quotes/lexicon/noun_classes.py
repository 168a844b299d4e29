"""Noun classes: common nouns that denote a person, an organisation or a document."""

from importlib.resources import files

__all__ = [
    "CHANNEL_NOUNS",
    "COLLECTIVE_NOUNS",
    "COMPANY_NOUNS",
    "DEMONYMS",
    "DOCUMENT_NOUNS",
    "EPITHETS",
    "FEMALE_RELATIVES",
    "GENERIC_ORGANISATION_NOUNS",
    "MALE_RELATIVES",
    "OFFICES",
    "ORGANISATION_NOUNS",
    "ORGANISATION_SYNONYMS",
    "PARTY_MEMBERS",
    "PERSON_NOUNS",
    "PUBLIC_ORGANISATION_WORDS",
    "is_person_noun",
]


def _load_classes() -> dict[str, tuple[str, ...]]:
    table = files("worker.parse").joinpath("data/speaker_classes.tsv").read_text("utf-8")
    classes: dict[str, tuple[str, ...]] = {}
    for line in table.splitlines():
        if line.startswith("#"):
            continue
        noun, _, words = line.partition("\t")
        allowed = dict.fromkeys((noun,))
        for word in words.split():
            allowed |= dict.fromkeys(classes[word[1:]] if word.startswith("+") else (word,))
        classes[noun] = tuple(allowed)
    return classes


PERSON_NOUNS = _load_classes()
"""A noun for a person and the words of a description that it matches, likeliest first."""

OFFICES = frozenset(PERSON_NOUNS) | {word for words in PERSON_NOUNS.values() for word in words}
"""Every word for an office or a trade."""

PARTY_MEMBERS = frozenset("democrat republican conservative socialist".split())
"""Nouns for members of a party; the text need not describe a person by any other word."""

EPITHETS = PARTY_MEMBERS | frozenset(
    "man woman boy girl teenager teen father mother son daughter youngster veteran rookie native"
    " expert analyst specialist researcher scholar pundit author writer politician businessman"
    " businesswoman entrepreneur tycoon lawyer commentator star ace champion winner master"
    " newcomer debutant striker midfielder defender goalkeeper forward captain skipper player"
    " sprinter swimmer skater runner driver rider boxer cyclist athlete singer actor actress"
    " musician director filmmaker designer artist painter chef farmer fisherman shopkeeper"
    " pensioner student retiree widow survivor mother-of-two".split()
)
"""Nouns that vary a name: `the striker` may be a person whom the text never calls a striker."""

MALE_RELATIVES = frozenset(
    "father dad son brother husband ex-husband widower nephew uncle grandfather grandson stepfather"
    " stepson father-in-law brother-in-law son-in-law half-brother boyfriend fiance fiancé".split()
)
FEMALE_RELATIVES = frozenset(
    "mother mom mum daughter sister wife ex-wife widow niece aunt grandmother granddaughter"
    " stepmother stepdaughter mother-in-law sister-in-law daughter-in-law half-sister girlfriend"
    " fiancee fiancée".split()
)

_PEOPLE = frozenset(
    "nurse clerk guard cop guide midwife thief monk nun patient client tenant resident parent"
    " victim witness suspect defendant plaintiff accountant consultant attendant assistant"
    " immigrant migrant refugee trustee employee recruit conscript medic mechanic comic critic"
    " magistrate graduate undergraduate bride groom orphan hostage detainee inmate".split()
)
"""Further nouns for a person that have none of the endings below."""

_PERSON_ENDINGS = ("er", "or", "ist", "ian", "man", "woman", "eer", "ster", "ete", "year-old")

ORGANISATION_NOUNS = frozenset(
    "ministry company corporation firm bank agency service office department council "
    "committee commission court tribunal government cabinet parliament senate duma party "
    "union association federation organization organisation institute university group "
    "bloc alliance watchdog regulator embassy consulate mission administration authority "
    "police army military center centre foundation fund newspaper paper magazine channel "
    "outlet broadcaster network publication context website club airline operator "
    "manufacturer holding kremlin campaign headquarters press-service inspectorate "
    "utility carrier retailer lender producer supplier carmaker automaker drugmaker maker "
    "concern conglomerate giant startup bureau directorate delegation bench jury "
    "chamber league team exchange developer refiner shipyard plant hospital school college "
    "academy laboratory museum charity nonprofit monitor branch division secretariat "
    "prosecutor's-office ombudsman's-office task-force taskforce force brigade coalition "
    "movement".split()
)
"""Head nouns of organisations."""

GENERIC_ORGANISATION_NOUNS = frozenset(
    "company corporation firm organization organisation group body agency regulator "
    "watchdog bloc alliance authority outlet newspaper paper channel broadcaster "
    "campaign manufacturer operator utility carrier retailer lender producer supplier "
    "carmaker automaker drugmaker maker concern conglomerate giant startup developer "
    "department branch charity nonprofit monitor holding airline".split()
)
"""Head nouns that fit an organisation of any name."""

ORGANISATION_SYNONYMS: dict[str, tuple[str, ...]] = {
    "regulator": ("bank", "commission", "authority", "agency", "service", "inspectorate"),
    "watchdog": ("commission", "authority", "agency", "inspectorate", "service", "monitor"),
    "department": ("ministry", "committee", "service", "office", "agency", "directorate"),
    "agency": ("service", "administration", "office", "organization", "organisation"),
    "bench": ("court", "tribunal"),
    "court": ("tribunal", "chamber"),
    "tribunal": ("court",),
    "lender": ("bank", "fund"),
    "institute": ("center", "centre", "academy", "university"),
    "university": ("institute", "college", "academy", "school"),
    "center": ("centre", "institute"),
    "centre": ("center", "institute"),
    "federation": ("association", "union"),
    "association": ("federation", "union"),
    "organization": ("organisation", "union", "association"),
    "bloc": ("union", "alliance", "community"),
    "alliance": ("nato", "treaty"),
    "office": ("bureau", "ministry"),
    "embassy": ("mission",),
    "force": ("police", "army", "navy", "guard"),
    "newspaper": ("times", "post", "daily", "journal", "herald", "tribune"),
    "party": ("democrats", "conservatives", "movement"),
}
"""A noun for an organisation and the words of a name that it matches: `the lender`, Lake Bank."""

PUBLIC_ORGANISATION_WORDS = frozenset(
    "ministry commission court council government duma parliament senate police army party "
    "committee embassy office university department nations union assembly court tribunal "
    "kremlin house federation un nato eu federal state board council cabinet prosecutor".split()
)
"""Words in the names of organisations that are not companies."""

COMPANY_NOUNS = frozenset(
    "company corporation firm concern conglomerate giant startup utility carrier retailer "
    "lender producer supplier carmaker automaker drugmaker maker manufacturer operator "
    "developer airline holding".split()
)
"""Nouns for companies."""

COLLECTIVE_NOUNS = frozenset(
    "opposition crowd family couple pair trio audience public side union coalition team squad "
    "staff management board jury leadership people police media press".split()
)
"""Nouns for a group of people, which no single speaker stands behind."""

CHANNEL_NOUNS = frozenset("website context page account channel hotline blog feed".split())
"""Channels that an organisation speaks through, beside its press service or press office."""

DOCUMENT_NOUNS = frozenset(
    "statement report document release letter communique communiqué resolution decree "
    "bill law act text message post tweet study survey poll article editorial memo note "
    "order ruling indictment declaration agreement treaty invitation petition plan "
    "page email filing complaint commentary bulletin resolution announcement dispatch".split()
)
"""Head nouns of documents that are cited as if they spoke: `the report said`."""

DEMONYMS = frozenset(
    "american argentine argentinian armenian australian austrian azerbaijani belarusian belgian "
    "bolivian brazilian briton bulgarian cameroonian canadian chilean colombian croat croatian "
    "cuban cypriot czech dane dutchman dutchwoman ecuadorian egyptian englishman englishwoman "
    "estonian ethiopian filipino finn frenchman frenchwoman georgian german ghanaian greek "
    "hungarian icelander indian indonesian iranian iraqi irishman irishwoman israeli italian "
    "ivorian jamaican jordanian kazakh kenyan korean latvian lebanese libyan lithuanian "
    "luxembourger malaysian mexican moldovan mongolian moroccan muscovite nigerian norwegian "
    "pakistani palestinian paraguayan parisian peruvian pole romanian russian scot scotsman "
    "senegalese serb serbian singaporean slovak slovene slovenian spaniard swede swiss syrian "
    "texan thai tunisian turk ugandan ukrainian uruguayan uzbek venezuelan vietnamese welshman "
    "zambian zimbabwean californian londoner berliner viennese milanese".split()
)
"""Nouns for a person from a country or town, in lower case: `the Swede`."""


def is_person_noun(head: str) -> bool:
    """Return True for a noun that denotes a single person, listed or by its ending."""
    if (
        head in ORGANISATION_NOUNS
        or head in DOCUMENT_NOUNS
        or head in COLLECTIVE_NOUNS
        or head in CHANNEL_NOUNS
    ):
        return False
    return (
        head in EPITHETS
        or head in PERSON_NOUNS
        or head in _PEOPLE
        or head.endswith(_PERSON_ENDINGS)
    )
