"""Card numbers, keys and passwords in what people type, blotted out before it is kept.

Text in, text out; done twice, it changes nothing more. Phone and identity numbers, prices and order numbers stay: a
shop needs them, and a mask that takes them away would soon be switched off.
"""

import re
from collections.abc import Callable, Iterator

#: Gives a text as it is to be kept.
Mask = Callable[[str], str]

BLOT = "•••"


def mask_secrets(text: str) -> str:
    """``text`` with every card number, key and unmistakable password blotted out.

    What kind it was stays to be seen: a card's last four digits, a key's prefix, the word "password".
    """
    # The cheap questions first: most messages hold nothing that any of this is about.
    if _DIGITS.search(text):
        text = _without_cards(text)
    if _LONG_RUN.search(text):
        text = _PRIVATE_KEY.sub(rf"\g<1>{BLOT}\g<2>", text)
        text = _MADE_KEY.sub(_prefix_only, text)
        text = _SLUG_KEY.sub(_prefix_only_if_random, text)
        text = _NAMED_KEY.sub(_prefix_only, text)
    small = text.lower()
    if any(word in small for word in _PASSWORD_WORDS):
        text = _PASSWORD.sub(_prefix_only, text)
    if "://" in text:
        text = _ADDRESS.sub(_prefix_only, text)
    return text


# -- cards --

_DIGITS = re.compile(r"[0-9]{4}")
_GAP = r"[ .\u00a0\u2013-]"
# As cards print it (4-4-4-4 and a rest of up to three, 4-6-5, 4-6-4), or in one piece. Not within a word, an address,
# or an order number ("DH-4111...", "#4111...").
_CARD = re.compile(
    # The first digit stands before what must not precede it: so the search leaps from digit to digit.
    r"[0-9](?<![\w#/•].)(?<![A-Z][-_.].)"
    rf"(?:[0-9]{{13,18}}"
    rf"|[0-9]{{3}}(?P<gap>{_GAP})[0-9]{{4}}(?P=gap)[0-9]{{4}}(?P=gap)[0-9]{{4}}(?P<rest>(?P=gap)[0-9]{{1,3}}(?!\w))?"
    rf"|[0-9]{{3}}(?P<wide>{_GAP})[0-9]{{6}}(?P=wide)[0-9]{{4,5}})"
    rf"(?!\w)"
)
_NO_DIGIT = re.compile(r"[^0-9]")

# How an issuer's numbers begin, and how long they are. Visa's first cards, of 13 digits, are no longer about; bar codes
# of that length are. 9704: NAPAS, Vietnam's own.
_ISSUERS = tuple(
    (re.compile(beginning), lengths)
    for beginning, lengths in (
        (r"4|9704", (16, 19)),
        (r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720|60|82|508", (16,)),
        (r"3[47]", (15,)),
        (r"30[0-5]|3095|36|3[89]", (14, 16)),
        (r"6011|64[4-9]|65|62|81|35[3-8]|352[89]|220[0-4]", (16, 17, 18, 19)),
        (r"5018|5020|5038|5893|6304|6759|676[1-3]", (16, 17, 18, 19)),
    )
)


def is_card_number(digits: str) -> bool:
    """Whether beginning, length and check digit (Luhn) are those of a card."""
    if not any(len(digits) in lengths and beginning.match(digits) for beginning, lengths in _ISSUERS):
        return False
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


def _without_cards(text: str) -> str:
    parts: list[str] = []
    kept = 0
    for start, end in _cards(text):
        last = _NO_DIGIT.sub("", text[start:end])[-4:]
        parts += (text[kept:start], "••••", last)
        kept = end
    return "".join((*parts, text[kept:]))


def _cards(text: str) -> Iterator[tuple[int, int]]:
    """Where each card number begins and ends."""
    place = 0
    while found := _CARD.search(text, place):
        # What follows the sixteen digits may be the card's month or its code.
        ends = (found.end(), found.start("rest")) if found["rest"] else (found.end(),)
        place = found.start() + 1
        for end in ends:
            if is_card_number(_NO_DIGIT.sub("", text[found.start() : end])):
                yield found.start(), end
                place = end
                break


# -- keys --

_LONG_RUN = re.compile(r"[A-Za-z0-9_./+=-]{16}")
_PRIVATE_KEY = re.compile(
    r"(-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----)[^-•]+(-----END [A-Z ]{0,20}PRIVATE KEY-----|\Z)"
)
# Of a form that nothing else has; group 1 is what may be seen of it.
_MADE_KEY = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(gh[pousr]_)[A-Za-z0-9]{20,}|(github_pat_|glpat-|hf_|npm_|dop_v1_|xox[abeprs]-|ya29\.)[\w.-]{20,}"
    r"|((?:AKIA|ASIA))[A-Z0-9]{16}(?![A-Za-z0-9])|(AIza)[\w-]{35}|(SG\.)[\w-]{16,}\.[\w-]{16,}"
    r"|((?:sk|pk|rk)_(?:live|test)_)[A-Za-z0-9]{16,}|(eyJ)[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}"
    r"|([0-9]{8,10}:)AA[\w-]{33}(?![\w-])"
    r")",
    re.ASCII,
)
_SLUG_KEY = re.compile(
    r"(?<![A-Za-z0-9])((?:sk|pk|rk|hs)-|bearer\s+|authorization:\s*basic\s+)([\w.~+/=-]{20,})",
    re.ASCII | re.IGNORECASE,
)
_RANDOM = re.compile(r"(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{16}")
_NAMED_KEY = re.compile(
    r"((?:api[ _-]?key|secret[ _-]?key|access[ _-]?key|client[ _-]?secret|(?:access|auth|api)?[ _-]?token|khó?a api)"
    r"[\"']?(?:\s*[:=]\s*|\s+(?:là|is)\s+)[\"']?)"
    r"(?=[\w.~+/=-]*[0-9])(?=[\w.~+/=-]*[A-Za-z])[\w.~+/=-]{16,}",
    re.IGNORECASE,
)

# -- passwords --

_PASSWORD_WORDS = ("mật khẩu", "mat khau", "matkhau", "passw", "passphrase", "pwd")
_WHOSE = (
    "của|cua|em|anh|chị|chi|tôi|toi|mình|minh|nhà|tài|tai|khoản|khoan|tk|đăng|dang|nhập|nhap|cũ|mới|wifi|email|gmail"
    "|facebook|fb|zalo|my|the|for|to|our|old|new|account|login"
)
# A word of plain letters is left alone ("mật khẩu: quên", "password: required"), and so is a rule ("8-16").
_PASSWORD = re.compile(
    rf"((?:mật khẩu|mat khau|matkhau|password|passwd|passphrase|pwd)(?:\s+(?:{_WHOSE})){{0,5}}"
    r"[\"']?(?:\s*[:=]\s*|\s+(?:là|la|is)\s+)[\"']?)"
    r"(?!https?://)(?:(?=[!-~]*[A-Za-z])(?=[!-~]*[0-9])[!#-&(-~]{5,63}[\w@#$%^&*+=~-]|[0-9]{6,8})(?!\w)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(://[^\s/:@•]{1,64}:)[^\s/@•]{3,128}(?=@)")


def _prefix_only(found: re.Match[str]) -> str:
    return (found[found.lastindex or 0]) + BLOT


def _prefix_only_if_random(found: re.Match[str]) -> str:
    """The address of a page may begin like a key; what was made by chance has a long stretch without a gap."""
    return found[1] + BLOT if _RANDOM.search(found[2]) else found[0]
