"""Countries by their names and by what their people and things are called, to compare where two things are from.

Common English forms; a country that no longer exists stands for itself, since whether it counts as its successor is
not for a table to say.
"""

import re
from functools import cache

_TABLE = """
Afghanistan:Afghan|Albania:Albanian|Algeria:Algerian|Andorra:Andorran|Angola:Angolan|Argentina:Argentine,Argentinian
Armenia:Armenian|Australia:Australian|Austria:Austrian|Azerbaijan:Azerbaijani|Bahamas:Bahamian|Bahrain:Bahraini
Bangladesh:Bangladeshi|Barbados:Barbadian|Belarus:Belarusian|Belgium:Belgian|Belize:Belizean|Benin:Beninese
Bhutan:Bhutanese|Bolivia:Bolivian|Bosnia and Herzegovina:Bosnian|Botswana:Botswanan|Brazil:Brazilian
Brunei:Bruneian|Bulgaria:Bulgarian|Burkina Faso:Burkinabé|Burundi:Burundian|Cambodia:Cambodian|Cameroon:Cameroonian
Canada:Canadian|Chad:Chadian|Chile:Chilean|China:Chinese,People's Republic of China|Colombia:Colombian
Costa Rica:Costa Rican|Croatia:Croatian|Cuba:Cuban|Cyprus:Cypriot|Czech Republic:Czech,Czechia
Czechoslovakia:Czechoslovak,Czechoslovakian|Denmark:Danish,Dane|Dominican Republic|Ecuador:Ecuadorian
Egypt:Egyptian|El Salvador:Salvadoran|England:English,Englishman|Eritrea:Eritrean|Estonia:Estonian
Ethiopia:Ethiopian|Fiji:Fijian|Finland:Finnish|France:French,Frenchman|Gabon:Gabonese|Gambia:Gambian
Georgia:Georgian|Germany:German|Ghana:Ghanaian|Greece:Greek|Greenland:Greenlandic|Grenada:Grenadian
Guatemala:Guatemalan|Guinea:Guinean|Guyana:Guyanese|Haiti:Haitian|Honduras:Honduran|Hong Kong|Hungary:Hungarian
Iceland:Icelandic|India:Indian|Indonesia:Indonesian|Iran:Iranian,Persian|Iraq:Iraqi|Ireland:Irish,Irishman
Israel:Israeli|Italy:Italian|Ivory Coast:Ivorian|Jamaica:Jamaican|Japan:Japanese|Jordan:Jordanian
Kazakhstan:Kazakh,Kazakhstani|Kenya:Kenyan|Kosovo:Kosovan|Kuwait:Kuwaiti|Kyrgyzstan:Kyrgyz|Laos:Laotian
Latvia:Latvian|Lebanon:Lebanese|Lesotho|Liberia:Liberian|Libya:Libyan|Liechtenstein|Lithuania:Lithuanian
Luxembourg:Luxembourgish|Madagascar:Malagasy|Malawi:Malawian|Malaysia:Malaysian|Maldives:Maldivian|Mali:Malian
Malta:Maltese|Mauritania:Mauritanian|Mauritius:Mauritian|Mexico:Mexican|Moldova:Moldovan|Monaco:Monégasque
Mongolia:Mongolian|Montenegro:Montenegrin|Morocco:Moroccan|Mozambique:Mozambican|Myanmar:Burmese,Burma
Namibia:Namibian|Nepal:Nepalese,Nepali|Netherlands:Dutch,Dutchman|New Zealand:New Zealander|Nicaragua:Nicaraguan
Niger:Nigerien|Nigeria:Nigerian|North Korea:North Korean|North Macedonia:Macedonian|Norway:Norwegian|Oman:Omani
Pakistan:Pakistani|Palestine:Palestinian|Panama:Panamanian|Papua New Guinea|Paraguay:Paraguayan|Peru:Peruvian
Philippines:Filipino,Filipina,Philippine|Poland:Polish,Pole|Portugal:Portuguese|Puerto Rico:Puerto Rican|Qatar:Qatari
Romania:Romanian|Russia:Russian|Rwanda:Rwandan|Samoa:Samoan|Saudi Arabia:Saudi|Scotland:Scottish,Scotsman
Senegal:Senegalese|Serbia:Serbian|Seychelles|Sierra Leone|Singapore:Singaporean|Slovakia:Slovak
Slovenia:Slovenian,Slovene|Somalia:Somali|South Africa:South African|South Korea:South Korean|Soviet Union:Soviet
Spain:Spanish,Spaniard|Sri Lanka:Sri Lankan|Sudan:Sudanese|Suriname:Surinamese|Sweden:Swedish,Swede
Switzerland:Swiss|Syria:Syrian|Taiwan:Taiwanese|Tajikistan:Tajik|Tanzania:Tanzanian|Thailand:Thai|Togo:Togolese
Tonga:Tongan|Trinidad and Tobago:Trinidadian|Tunisia:Tunisian|Turkey:Turkish|Turkmenistan:Turkmen|Uganda:Ugandan
Ukraine:Ukrainian|United Arab Emirates:Emirati,UAE|United Kingdom:British,UK,U.K.,Great Britain,Briton
United States:American,USA,U.S.,US,U.S.A.,United States of America|Uruguay:Uruguayan|Uzbekistan:Uzbek
Venezuela:Venezuelan|Vietnam:Vietnamese|Wales:Welsh,Welshman|Yemen:Yemeni|Yugoslavia:Yugoslav,Yugoslavian
Zambia:Zambian|Zimbabwe:Zimbabwean
"""


@cache
def _countries() -> dict[str, str]:
    """Every form, as it is written, with the country's name."""
    found = {}
    for entry in _TABLE.strip().replace("\n", "|").split("|"):
        name, _, forms = entry.partition(":")
        found.update(dict.fromkeys([name, *filter(None, forms.split(","))], name))
    return found


@cache
def country_pattern() -> re.Pattern[str]:
    forms = sorted(_countries(), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, forms))})(?![\w])(?!-\s?born)")


def countries_in(text: str) -> list[str]:
    """The countries a text names or calls something after, in their order, each once."""
    return list(dict.fromkeys(_countries()[match.group()] for match in country_pattern().finditer(text)))


def is_name(form: str) -> bool:
    """Whether this is a country's name, not what its people are called."""
    return form in _countries().values()
