"""Function words: the closed classes of English that divide a sentence into phrases.

Source: by hand, unless a table names another.
"""

from worker.parse.quotes.syntax import MentionType

__all__ = [
    "ABBREVIATIONS",
    "AUXILIARIES",
    "BE",
    "BEFORE_NOUNS",
    "BREAKS",
    "DASHES",
    "DETERMINERS",
    "IRREGULAR_PAST",
    "MAX_APPOSITION_TOKENS",
    "MAX_BRACKET_TOKENS",
    "OBJECT_PRONOUNS",
    "OPINION_NOUNS",
    "POSSESSIVE_ENDINGS",
    "POSSESSIVE_PRONOUNS",
    "POSSESSIVE_S",
    "PREPOSITIONS",
    "PRONOMINAL_DETERMINERS",
    "STOPS",
    "SUBJECT_PRONOUNS",
]

ABBREVIATIONS = frozenset(
    # titles, offices and ranks that stand before a name
    "mr mrs ms dr prof sen rep gov gen lt col maj capt sgt adm cmdr rev hon st mt ft sr jr amb"
    " pres supt insp messrs mme"
    # months and days, as AP and Xinhua cut them
    " jan feb mar apr jun jul aug sept sep oct nov dec mon tue tues wed thu thur thurs fri sat sun"
    # organisations and measures inside a name
    " co corp inc ltd bros vs approx dept est univ u.s u.k u.n e.u"
    # states, as AP cuts them
    " ala ariz ark calif colo conn del fla ga ill ind kan ky la md mass mich minn miss mo mont"
    " neb nev okla ore pa tenn tex vt va wash wis wyo".split()
)
"""Words after which a full stop ends no sentence. Source: AP's and Xinhua's published copy."""

DETERMINERS = frozenset(
    "the a an this that these those his her their its our my your one two three four "
    "five several some many most both another each every no".split()
)
SUBJECT_PRONOUNS = {
    "he": MentionType.HE,
    "she": MentionType.SHE,
    "it": MentionType.IT,
    "they": MentionType.THEY,
    "i": MentionType.I_OR_YOU,
    "we": MentionType.I_OR_YOU,
    "you": MentionType.I_OR_YOU,
}
OBJECT_PRONOUNS = {
    "him": MentionType.HE,
    "her": MentionType.SHE,
    "them": MentionType.THEY,
    "it": MentionType.IT,
}
POSSESSIVE_PRONOUNS = {
    "his": MentionType.HE,
    "her": MentionType.SHE,
    "their": MentionType.THEY,
    "its": MentionType.IT,
}
OPINION_NOUNS = frozenset(
    "opinion words view estimate estimates judgment assessment account reckoning".split()
)
"""Nouns after a possessive that attribute speech to its owner: `in her words`."""
AUXILIARIES = frozenset(
    "has have had is are was were be been being will would can could may might shall "
    "should must did does do also then later further again once now still even just only "
    "repeatedly already soon recently previously subsequently separately earlier often "
    "never always first instead nonetheless nevertheless therefore "
    "reportedly not n't to himself herself itself monday tuesday "
    "wednesday thursday friday saturday sunday today late yesterday tonight".split()
)
"""Auxiliaries, and the adverbs and days between a subject and its verb: `she later said`, `she
Monday told reporters`."""
PREPOSITIONS = frozenset(
    "of in to for with on at from by about as into like through after over between out "
    "against during without before under around among than upon off near since until "
    "till per via amid despite toward towards within across behind beyond regarding "
    "concerning above below along inside".split()
)
STOPS = (
    frozenset(
        "and or but nor so yet if because although though while when where who whom "
        "whose which what how why there here him them us me himself themselves then thus "
        "however meanwhile also very too not all any such today yesterday tomorrow "
        "tonight up down back away it's that's he's she's they're went took gave made "
        "came got let kept left met ran sat stood set won lost led held became seems "
        "seemed has's don't doesn't didn't won't wouldn't can't isn't wasn't goes takes "
        "gives makes comes gets keeps leaves meets runs stands wins loses leads holds".split()
    )
    | AUXILIARIES
    | PREPOSITIONS
    | frozenset(SUBJECT_PRONOUNS)
)
"""Words at which a noun phrase ends, among them the commonest verbs that report no speech."""
IRREGULAR_PAST = frozenset(
    "ate arose awoke began bent bled blew bore bought brought broke built burst caught chose clung"
    " crept dealt drank drew drove fed fell fled flew forbade forgot forgave fought froze grew"
    " heard hid hung kept knelt lay leapt lent lit overcame overtook paid rang rode rose sank sent"
    " shone shook shrank slept slid slung sold sought sped spent sprang spun stank stole strode"
    " struck stung stuck swam swept swung taught threw tore undertook underwent wept withdrew wore"
    " woke wound wrung".split()
)
"""Past forms without a regular ending that are rarely anything but verbs."""
BEFORE_NOUNS = PREPOSITIONS | DETERMINERS | {"and", "or"}
"""Words that a noun may follow, where `report` or `claim` is no verb: `the report`."""
BE = frozenset("is are was were be been being".split())
PRONOMINAL_DETERMINERS = frozenset("one many some several".split())
"""Determiners that are a phrase on their own: `many said`."""
POSSESSIVE_S = ("'s", "’s")
POSSESSIVE_ENDINGS = (*POSSESSIVE_S, "s'", "s’")
DASHES = frozenset("– — ― -- -".split())
BREAKS = DASHES | {",", "("}
"""Punctuation that may open an apposition."""
MAX_APPOSITION_TOKENS = 40
"""Tokens of an apposition or complement behind which its verb is looked for."""
MAX_BRACKET_TOKENS = 8
"""A shorter bracket holds a party, a state or an age, never the speaker: `Lee (D-Ohio) said`."""
