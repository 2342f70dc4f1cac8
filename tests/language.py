"""Is a text of one language? For tests of words."""

import re

YEN_SIGNS = ("\u00a5", "\uffe5")
KANA = re.compile(r"[\u3040-\u30ff]")
CJK = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]{2,}(?:[ ,.]+[A-Za-z]{2,})+")
# Proper names of two Latin words or more, the same in every language.
NAMES = re.compile(
    r"WeChat Pay|Apple Pay|Google Pay|UQ mobile|au ID|au PAY|"
    r"my ?(?:docomo|SoftBank|au|Rakuten Mobile|UQ mobile|Y!mobile|Menu)|"
    r"Rakuten Link|NTT (?:DOCOMO|docomo|Finance)|Sakura (?:SIM|Mobile)|WORLD WING|d ACCOUNT",
    re.IGNORECASE,
)
PLACE = re.compile(r"%\(\w+\)s")
TERMS = re.compile(r"ICCID|EID|IMSI|eSIM|SIM|SMS|UAE|GB|MB|UTC|LPA:1\$|https?://\S+")
# The old national character sets hold the forms of their own language only: 费 has no place in Shift_JIS, 円
# none in GB 2312.
OWN_FORMS = {"ja": "cp932", "zh-Hans": "gb2312"}


def one_language(text: str, language: str) -> None:
    if language == "en":
        assert not CJK.search(text), text
        return
    bare = NAMES.sub("", TERMS.sub("", PLACE.sub("", text))).replace("•", "")
    assert not ENGLISH.search(bare), text
    assert language != "zh-Hans" or not KANA.search(bare), text
    try:
        bare.encode(OWN_FORMS[language])
    except UnicodeEncodeError as foreign:
        raise AssertionError(
            f"{foreign.object[foreign.start : foreign.end]} is not written in {language}: {text}"
        ) from None
