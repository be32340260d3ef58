"""Wordings of plain statements: several for each relation, taken from no particular source."""

from evals.verifier_training.lexicon import NATIONALITIES

COUNTRIES = dict(
    zip(
        NATIONALITIES,
        """America|Britain|England|Scotland|Wales|Ireland|France|Germany|Italy|Spain|Portugal|the Netherlands|Belgium|
Switzerland|Austria|Denmark|Sweden|Norway|Finland|Iceland|Poland|Czechia|Hungary|Romania|Bulgaria|Greece|Turkey|
Russia|Ukraine|Serbia|Croatia|Canada|Mexico|Brazil|Argentina|Chile|Colombia|Peru|Cuba|Australia|
India|Pakistan|China|Japan|Korea|Vietnam|Thailand|Indonesia|the Philippines|Egypt|Nigeria|Kenya|Israel|Iran|
Iraq|Lebanon""".replace("\n", "").split("|"),
        strict=True,
    )
)
"""The country of each nationality."""
KINDS_OF = {
    "person": """actor actress singer songwriter politician writer author poet novelist painter director producer
    screenwriter composer footballer player lawyer journalist musician model comedian dancer physicist mathematician
    chemist philosopher historian bishop economist engineer architect boxer wrestler cricketer cyclist swimmer coach
    manager businessman entrepreneur rapper guitarist drummer pianist violinist cinematographer editor playwright
    activist diplomat soldier officer general admiral photographer sculptor illustrator professor scientist athlete king
    queen emperor nobleman""".split(),  # noqa: SIM905
    "work": """film movie album song single novel book series sitcom opera musical play episode EP magazine comedy drama
    game""".split(),  # noqa: SIM905
    "place": """city town village municipality commune river lake island mountain country state county district airport
    school university college museum church building bridge park station community stadium hospital""".split(),  # noqa: SIM905
    "body": """company band group team club label airline organization organisation newspaper party agency bank
    brand""".split(),  # noqa: SIM905
}
KIND_OF = {word: kind for kind, words in KINDS_OF.items() for word in words}
_WIDER = """film: movie, motion picture, work of cinema|album: record, collection of music, music release|
song: piece of music, musical work|single: song, music release|novel: book, work of fiction|
sitcom: television show, TV comedy|actor: performer, person who acts, entertainer|
actress: performer, person who acts, entertainer|singer: vocalist, person who sings, musical artist|
footballer: athlete, sportsperson|cricketer: athlete, sportsperson|politician: person in politics, public figure|
novelist: writer, author|poet: writer, author of poems|writer: author|songwriter: person who writes songs|
director: filmmaker, person who directs|company: business, firm|band: group of musicians, musical group|
city: place, settlement|town: place, settlement|village: place, settlement|river: body of water, waterway|
lake: body of water|rapper: musical artist, musician|guitarist: musician|drummer: musician|pianist: musician|
physicist: scientist|chemist: scientist|university: place of higher education, school|newspaper: publication|
magazine: publication|comedian: entertainer, person who tells jokes|composer: person who writes music, musician"""
WIDER = {
    kind.strip(): words.split(", ")
    for kind, _, words in (line.partition(": ") for line in _WIDER.replace("\n", "").split("|"))
}
"""Broader or equal kinds of each kind."""
BROAD = frozenset(
    ("place", "publication", "entertainer", "performer", "public figure", "author", "writer", "musician", "school")
)
"""Kinds that hold for so much that they can't be taken as false when a text does not mention them."""
AGENTS = {
    "directed": "director",
    "written": "writer",
    "produced": "producer",
    "composed": "composer",
    "recorded": "performer",
    "published": "publisher",
    "developed": "developer",
    "designed": "designer",
    "founded": "founder",
    "created": "creator",
    "built": "builder",
    "owned": "owner",
    "released": "",
    "distributed": "distributor",
    "performed": "performer",
    "edited": "editor",
    "hosted": "host",
}
_PAST = {"written": "wrote"}
MADE_ON = {"released": "came out", "founded": "started", "established": "was founded", "formed": "was founded"}
"""Another verb for each event."""
STARRED = (
    "{o} stars in {s}.",
    "{o} appears in {s}.",
    "{s} features {o}.",
    "{o} acted in {s}.",
    "{o} was in {s}.",
    "{s} stars {o}.",
    "{o} had a role in {s}.",
    "{o} is one of the actors of {s}.",
    "The cast of {s} includes {o}.",
)
BORN_IN = ("{s} was born in {o}.", "{o} is where {s} was born.", "{s}'s birthplace is {o}.", "{s} is a native of {o}.")
LIES_IN = ("{s} is in {o}.", "{s} can be found in {o}.", "{o} is where {s} is.")
CAME_OUT = (
    "{s} came out in {o}.",
    "{s} was released in {o}.",
    "{s} is a {kind} from {o}.",
    "{s} is a {o} {kind}.",
    "{s} first appeared in {o}.",
    "{s} was released in the {decade}.",
    "{s} came out during the {decade}.",
    "It was {o} when {s} came out.",
)
OF_RELATION: dict[str, tuple[str, ...]] = {
    "father": (
        "{o} is the father of {s}.",
        "{s}'s father is {o}.",
        "{s} is a child of {o}.",
        "{o} had a child called {s}.",
    ),
    "mother": ("{o} is the mother of {s}.", "{s}'s mother is {o}.", "{s} is a child of {o}."),
    "spouse": ("{s} was married to {o}.", "{o} is the spouse of {s}.", "{s} and {o} were married."),
    "child": ("{s} is a parent of {o}.", "{o} is a child of {s}."),
    "sibling": ("{s} and {o} are siblings.", "{o} is a sibling of {s}."),
    "place of birth": BORN_IN,
    "place of death": ("{s} died in {o}.", "{o} is where {s} died.", "{s} passed away in {o}."),
    "cause of death": ("{s} died of {o}.", "{o} killed {s}.", "The cause of {s}'s death was {o}."),
    "educated at": ("{s} studied at {o}.", "{s} went to {o}.", "{o} had {s} as a student."),
    "award received": ("{s} received the {o}.", "{s} won the {o}.", "The {o} was given to {s}."),
    "employer": ("{s} worked for {o}.", "{o} employed {s}."),
    "performer": ("{s} was performed by {o}.", "{o} is the performer of {s}.", "{s} is by {o}."),
    "founded by": ("{o} founded {s}.", "{s} was started by {o}.", "The founder of {s} is {o}."),
    "composer": ("{o} composed the music of {s}.", "{s} has music by {o}.", "The composer of {s} is {o}."),
    "director": ("{o} directed {s}.", "The director of {s} is {o}.", "{s} had {o} as its director.", "{o} made {s}."),
    "author": ("{s} was written by {o}.", "{o} wrote {s}.", "{s} is a work by {o}."),
    "producer": ("{o} produced {s}.", "{s} was produced by {o}."),
    "country of citizenship": ("{s} is a citizen of {o}.", "{s} is from {o}.", "{s} comes from {o}."),
    "country": LIES_IN,
    "country of origin": ("{s} is from {o}.", "{s} was made in {o}."),
    "located in the administrative territorial entity": LIES_IN,
}
"""Wordings of the Wikidata relations used in question sets."""


def article(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def done_by(verb: str) -> tuple[str, ...]:
    """For `directed`: was directed by, directed, is the director of …"""
    forms = [f"{{s}} was {verb} by {{o}}.", f"{{o}} {_PAST.get(verb, verb)} {{s}}."]
    forms.append(f"It was {{o}} who {_PAST.get(verb, verb)} {{s}}.")
    if agent := AGENTS[verb]:
        forms += [f"The {agent} of {{s}} is {{o}}.", f"{{o}} is the {agent} of {{s}}."]
        forms += [f"{{s}}'s {agent} was {{o}}.", f"{{s}} had {{o}} as its {agent}."]
    return tuple(forms)


def dated(what: str, noun: str = "") -> tuple[str, ...]:
    """A wording as precise as the date, and a less precise one."""
    forms = [f"{{s}} {what} in {{year}}.", f"{{s}} {what} on {{o}}.", f"{{s}} {what} in {{month}}."]
    forms += [f"{{s}} {what} in the {{decade}}.", f"In {{year}}, {{s}} {what}."]
    return (*forms, f"The year of {{s}}'s {noun} is {{year}}.") if noun else tuple(forms)


def of_kind(be: str, kind: str) -> tuple[str, ...]:
    forms = (f"{{s}} {be} {{a}}.",)
    if kind != "person":
        return forms
    return (*forms, *forms, f"{{s}} {be} {{a}} by profession.", "{s} works as {a}.", "{s} has been {a}.")


def of_nation(be: str, kind: str, noun: str) -> tuple[str, ...]:
    forms = (f"{{s}} {be} {{o}}.", f"{{s}} {be} {{a}} {noun}.", "{s} is from {country}.", "{s} comes from {country}.")
    if kind == "person":
        return (*forms, "{s} has {o} nationality.", f"{{s}} {be} {article(noun)} from {{country}}.")
    return (*forms, f"The {noun} {{s}} is from {{country}}.", "{s} was made in {country}.")
