"""Words that can be exchanged by rule so that a sentence becomes false."""

ANTONYMS = """first last|first second|largest smallest|larger smaller|biggest smallest|oldest youngest|older younger|
highest lowest|higher lower|longest shortest|best worst|most least|more fewer|north south|northern southern|
east west|eastern western|northeast southwest|before after|early late|earlier later|male female|man woman|men women|
son daughter|brother sister|father mother|husband wife|king queen|prince princess|he she|his her|actor politician|
won lost|win lose|wins loses|increase decrease|increased decreased|rise fall|rose fell|born died|began ended|
begins ends|opened closed|open closed|start end|started finished|public private|professional amateur|major minor|
old new|ancient modern|good bad|hot cold|rich poor|large small|big small|long short|high low|always never|
all none|every no|allowed forbidden|include exclude|includes excludes|included excluded|inside outside|
above below|over under|positive negative|success failure|successful unsuccessful|critical commercial|
married unmarried|living dead|alive dead|fiction non-fiction|fictional real|comedy tragedy|novel film|film book|
album film|song novel|band city|singer dancer|city river|town river|island mountain|company school|writer painter|
director singer|producer footballer|player manager|team magazine|television radio|series opera|drama comedy|
studio live|debut final|single double|common rare|popular unknown|many few|often rarely|usually seldom|
left right|upper lower|internal external|domestic foreign|national international|part whole|with without|
accepted rejected|joined left|gained lost|supports opposes|supported opposed|buys sells|bought sold|can cannot|
must may|required optional|winter summer|spring autumn|day night|morning evening|war peace|friend enemy|
founded dissolved|founder member|president secretary|captain coach|black white|red blue|green yellow|
January March|February June|April August|May October|July November|September December|Monday Thursday|
Tuesday Friday|Wednesday Sunday|one two|two five|three seven|four nine|six ten|half twice|million billion"""

NATIONALITIES = """American British English Scottish Welsh Irish French German Italian Spanish Portuguese Dutch Belgian
Swiss Austrian Danish Swedish Norwegian Finnish Icelandic Polish Czech Hungarian Romanian Bulgarian Greek Turkish
Russian Ukrainian Serbian Croatian Canadian Mexican Brazilian Argentine Chilean Colombian Peruvian Cuban Australian
Indian Pakistani Chinese Japanese Korean Vietnamese Thai Indonesian Filipino Egyptian Nigerian Kenyan Israeli Iranian
Iraqi Lebanese""".split()  # noqa: SIM905

PLACES = """England Scotland Wales Ireland France Germany Italy Spain Portugal Belgium Switzerland Austria Denmark
Sweden Norway Finland Iceland Poland Hungary Romania Greece Turkey Russia Ukraine Canada Mexico Brazil Argentina Chile
Peru Cuba Australia India Pakistan China Japan Vietnam Thailand Indonesia Egypt Nigeria Kenya Israel Iran London Paris
Berlin Rome Madrid Vienna Tokyo Chicago Boston Texas California Ohio Florida Massachusetts Detroit Seattle Moscow
Dublin Toronto Sydney""".split()  # noqa: SIM905

KINDS = """koala sculptor violinist cardinal bridge volcano magazine spacecraft sitcom dessert physicist astronaut judge
nun submarine airline cathedral museum ballet poem comic bicycle vegetable language bishop goalkeeper banker dentist
chemist planet lawyer drummer boxer opera novel film album song company river mountain village university painter
philosopher farmer swimmer journalist politician musician""".split()  # noqa: SIM905
"""Other kinds of things."""

VERBS_OF_MAKING = """directed written produced released published founded developed located based created recorded
established built designed owned formed composed played voiced performed hosted sung invented discovered edited
distributed starred held set filmed named adapted signed""".split()  # noqa: SIM905


def antonyms() -> dict[str, str]:
    """In both directions. A word with several opposites gets the first one in the list."""
    pairs = [pair.split() for pair in ANTONYMS.replace("\n", "").split("|")]
    there = {pair[0]: pair[1] for pair in pairs}
    return {pair[1]: pair[0] for pair in reversed(pairs)} | there
