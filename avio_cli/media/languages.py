"""Languages as people and containers name them: ``en``, ``eng``, ``en-US``, English."""

_CODES = (
    "ab abk Abkhazian|af afr Afrikaans|sq sqi,alb Albanian|am amh Amharic|ar ara Arabic"
    "|hy hye,arm Armenian|as asm Assamese|az aze Azerbaijani|eu eus,baq Basque"
    "|be bel Belarusian|bn ben Bengali|bs bos Bosnian|br bre Breton|bg bul Bulgarian"
    "|my mya,bur Burmese|ca cat Catalan|zh zho,chi,cmn Chinese|co cos Corsican"
    "|hr hrv,scr Croatian|cs ces,cze Czech|da dan Danish|nl nld,dut Dutch"
    "|en eng English|eo epo Esperanto|et est Estonian|fo fao Faroese|fi fin Finnish"
    "|fr fra,fre French|fy fry Frisian|gl glg Galician|ka kat,geo Georgian"
    "|de deu,ger German|el ell,gre Greek|gu guj Gujarati|ha hau Hausa|he heb Hebrew"
    "|hi hin Hindi|hu hun Hungarian|is isl,ice Icelandic|id ind Indonesian"
    "|ga gle Irish|it ita Italian|ja jpn Japanese|jv jav Javanese|kn kan Kannada"
    "|kk kaz Kazakh|km khm Khmer|rw kin Kinyarwanda|ky kir Kirghiz|ko kor Korean"
    "|ku kur Kurdish|lo lao Lao|la lat Latin|lv lav Latvian|lt lit Lithuanian"
    "|lb ltz Luxembourgish|mk mkd,mac Macedonian|mg mlg Malagasy|ms msa,may Malay"
    "|ml mal Malayalam|mt mlt Maltese|mi mri,mao Maori|mr mar Marathi"
    "|mn mon Mongolian|ne nep Nepali|no nor Norwegian|nb nob Bokmal|nn nno Nynorsk"
    "|or ori Oriya|pa pan Panjabi|ps pus Pashto|fa fas,per Persian|pl pol Polish"
    "|pt por Portuguese|qu que Quechua|ro ron,rum Romanian|ru rus Russian"
    "|sa san Sanskrit|gd gla Gaelic|sr srp,scc Serbian|sd snd Sindhi|si sin Sinhala"
    "|sk slk,slo Slovak|sl slv Slovenian|so som Somali|es spa Spanish"
    "|su sun Sundanese|sw swa Swahili|sv swe Swedish|tl tgl Tagalog|tg tgk Tajik"
    "|ta tam Tamil|tt tat Tatar|te tel Telugu|th tha Thai|bo bod,tib Tibetan"
    "|tr tur Turkish|tk tuk Turkmen|uk ukr Ukrainian|ur urd Urdu|uz uzb Uzbek"
    "|vi vie Vietnamese|cy cym,wel Welsh|xh xho Xhosa|yi yid Yiddish|yo yor Yoruba"
    "|zu zul Zulu"
)
"""ISO 639-1, both codes of ISO 639-2, and the name."""


def _table() -> dict[str, str]:
    table = {}
    for row in _CODES.split("|"):
        short, codes, name = row.split(" ", 2)
        for key in (short, *codes.split(","), name.lower()):
            table[key] = short
    return table


_SHORT = _table()


def is_language(text: str) -> bool:
    """Whether a word names a language that is known here."""
    return _primary(text) in _SHORT


def same_language(first: str, second: str) -> bool:
    """Whether two names mean the same language; regions (``pt-BR``) are ignored.

    An empty name is unknown: the same as no other.
    """
    one, other = (
        _SHORT.get(_primary(name), _primary(name)) for name in (first, second)
    )
    return bool(one) and one == other


def _primary(text: str) -> str:
    """``pt`` of ``pt-BR``."""
    return text.strip().lower().replace("_", "-").partition("-")[0]
