"""What is blotted out before it is kept, and above all what is not."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.masking import is_card_number, mask_secrets

LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ"
WORDS = (
    "chị ơi",
    "cho em hỏi váy này",
    "còn size M không ạ",
    "giao hàng ở Hà Nội",
    "mật khẩu",
    "sk",
    "token",
)
DIGITS = st.text(string.digits, min_size=7, max_size=7)


def luhn(digits: str) -> str:
    """The number with its check digit."""
    return next(digits + last for last in string.digits if _sum(digits + last) % 10 == 0)


def _sum(digits: str) -> int:
    return sum(sum(divmod(int(digit) * (1 + place % 2), 10)) for place, digit in enumerate(reversed(digits)))


@st.composite
def cards(draw: st.DrawFn) -> str:
    """A card number in one piece, of a real issuer and its length."""
    beginning, length = draw(
        st.sampled_from(
            [
                *(("4", 16), ("4", 19), ("51", 16), ("55", 16), ("2221", 16), ("2720", 16)),
                *(("34", 15), ("37", 15), ("300", 14), ("36", 14), ("38", 14)),
                *(("6011", 16), ("65", 19), ("62", 17), ("3528", 16), ("3589", 16)),
                *(("9704", 16), ("9704", 19), ("6759", 18), ("2200", 16)),
            ]
        )
    )
    rest = length - len(beginning) - 1
    return luhn(beginning + draw(st.text(string.digits, min_size=rest, max_size=rest)))


@st.composite
def printed(draw: st.DrawFn) -> tuple[str, str]:
    """A card number, and the same as people type it."""
    digits = draw(cards())
    gap = draw(st.sampled_from(["", " ", "-", ".", "\u00a0"]))
    sizes = {14: (4, 6, 4), 15: (4, 6, 5)}.get(len(digits), (4, 4, 4, 4, len(digits) - 16))
    parts, rest = [], digits
    for size in sizes:
        parts.append(rest[:size])
        rest = rest[size:]
    return digits, gap.join(part for part in parts if part)


@given(
    printed(),
    st.sampled_from(["{}", "thẻ {} 12/27", "thẻ:{}.", "({})", "Số thẻ của chị là {}, cvv 123", "{}\n{}"]),
)
def test_card_is_blotted_out(card: tuple[str, str], said: str) -> None:
    """Whoever its issuer is and however it is grouped, four digits of a card stay."""
    digits, typed = card
    assert mask_secrets(said.replace("{}", typed)) == said.replace("{}", f"••••{digits[-4:]}")


@given(cards(), st.integers(0, 30), st.integers(1, 9))
def test_wrong_check_digit_is_no_card(digits: str, place: int, off: int) -> None:
    """One digit changed, and it is some other number."""
    place %= len(digits)
    changed = digits[:place] + str((int(digits[place]) + off) % 10) + digits[place + 1 :]
    assert not is_card_number(changed)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("4111 1111 1111 1111 12/27 123", "••••1111 12/27 123"),
        ("4111 1111 1111 1111 123", "••••1111 123"),
        ("1234 4111 1111 1111 1111 99", "1234 ••••1111 99"),
        ("4111 1111 1111 1111 5555 5555 5555 4444", "••••1111 ••••4444"),
        ("4111 1111-1111 1111", "4111 1111-1111 1111"),
        ("4222222222222", "4222222222222"),
    ],
)
def test_what_stands_around_a_card(typed: str, kept: str) -> None:
    """Month, code and other numbers beside a card stay; gaps of two kinds are not a card's, 13 digits a bar code's."""
    assert mask_secrets(typed) == kept


def phones() -> st.SearchStrategy[str]:
    """Vietnamese numbers as people write them."""
    beginnings = st.sampled_from(["0912", "0387", "+84912", "84 912", "(024) 3", "0912."])
    return st.builds("{} {}".format, beginnings, DIGITS.map(lambda d: f"{d[:3]}.{d[3:]}")) | st.builds(
        "{}{}".format, beginnings, DIGITS
    )


def prices() -> st.SearchStrategy[str]:
    """Amounts of money, also those of a tower block."""
    amounts = st.integers(1_000, 10**13)
    forms = ["{:,}đ", "{:,} VND", "{}đ", "{} đồng", "${:,}.00", "{}k"]
    return st.builds(lambda form, n: form.format(n).replace(",", "."), st.sampled_from(forms), amounts)


def order_numbers() -> st.SearchStrategy[str]:
    """Of shops, couriers and marketplaces, tax and identity numbers, dates."""
    return (
        st.sampled_from(
            [
                "DH-{0}{0}",
                "#{0}{0}",
                "SPXVN{0}{0}",
                "VTP{0}{0}{0}",
                "24{0}ABCD{0}",
                "EB{0}12VN",
                "0010{0}1",
                "MST 0{0}12-001",
            ]
        ).flatmap(lambda form: DIGITS.map(form.format))
        | st.dates().map("{:%d/%m/%Y}".format)
        | cards().map("DH-{}".format)
    )


@given(
    st.lists(
        st.one_of(
            st.sampled_from(WORDS),
            st.text(LETTERS + LETTERS.upper() + " ,.!?:-()/\n", max_size=40),
            phones(),
            prices(),
            order_numbers(),
        ),
        max_size=12,
    ).map(" ; ".join)
)
def test_what_a_shop_needs_stays(said: str) -> None:
    """Vietnamese words, phone numbers, prices and order numbers are kept as typed."""
    assert mask_secrets(said) == said


def tokens(alphabet: str, length: int) -> st.SearchStrategy[str]:
    """Made by chance, as keys are: a letter and a digit are surely in it."""
    return st.text(alphabet, min_size=length, max_size=length).map(lambda text: f"a1{text}")


WORD = string.ascii_letters + string.digits
PEM = "RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("prefix", "body"),
    [
        ("sk-", tokens(WORD, 30)),
        ("sk-proj-", tokens(WORD, 16)),
        ("sk-ant-api03-", tokens(WORD, 40)),
        ("hs-", tokens(WORD, 30)),
        ("ghp_", tokens(WORD, 34)),
        ("github_pat_", tokens(WORD + "_", 60)),
        ("glpat-", tokens(WORD + "-", 20)),
        ("AKIA", tokens(string.ascii_uppercase + string.digits, 14).map(str.upper)),
        ("AIza", tokens(WORD + "-_", 33)),
        ("sk_live_", tokens(WORD, 24)),
        ("hf_", tokens(WORD, 32)),
        ("Bearer ", tokens(WORD, 30)),
        ("api key: ", tokens(WORD, 24)),
    ],
)
@given(data=st.data())
def test_key_is_blotted_out(data: st.DataObject, prefix: str, body: st.SearchStrategy[str]) -> None:
    """Of a key nothing that was made by chance stays."""
    secret = data.draw(body)
    kept = mask_secrets(f"khóa của em: {prefix}{secret}, giúp em với")
    assert secret not in kept and kept.endswith("•••, giúp em với")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N", "eyJ•••"),
        ("xoxb-123456789012-abcdefABCDEF", "xoxb-•••"),  # not a secret
        ("postgres://desk:s3cret@db/desk", "postgres://desk:•••@db/desk"),
        (f"-----BEGIN {PEM}\nMIIEpAIBAAKCAQEA75\n-----END {PEM}", f"{PEM}•••-----END"),
        ("sk-cham-soc-da-mua-he-2026-giam-gia", "sk-cham-soc-da-mua-he-2026-giam-gia"),  # not a secret
        ("123e4567-e89b-12d3-a456-426614174000", "123e4567-e89b-12d3-a456-426614174000"),
    ],
)
def test_forms_of_keys(typed: str, kept: str) -> None:
    """Other secrets have their own look; addresses and ids only resemble them."""
    assert kept in mask_secrets(typed)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("password: hunter22", "password: •••"),
        ("Mật khẩu: Abc@1234.", "Mật khẩu: •••."),
        ("mật khẩu wifi nhà em là 88888888 nhé", "mật khẩu wifi nhà em là ••• nhé"),
        ("mat khau cua em la lan1990", "mat khau cua em la •••"),
        ('{"password":"hunter22","n":1}', '{"password":"•••","n":1}'),
        ("Mật khẩu: quên mất rồi", None),
        ("mật khẩu: 8-16 ký tự", None),
        ("password: required", None),
        ("Mật khẩu của em là gì ạ?", None),
        ("quên mật khẩu, SĐT: 0912345678", None),
        ("Đổi mật khẩu: https://shop.vn/reset?id=12345", None),
        ("mật khẩu: 0912345678", None),
    ],
)
def test_password_only_where_it_is_one(typed: str, kept: str | None) -> None:
    """The word, a colon or "là", and something that no language has: else it is talk about passwords."""
    assert mask_secrets(typed) == (typed if kept is None else kept)


_PIECES: list[Any] = [
    st.text(max_size=20),
    st.text(string.digits + " -.", max_size=30),
    st.text(WORD + "-_", max_size=40),
    printed().map(lambda card: card[1]),
    st.sampled_from(
        ["sk-", "Bearer ", "password: ", "mật khẩu là ", "://a:", "@b", "token=", "AKIA", "eyJ", "-----"]
    ),
]


@given(st.lists(st.one_of(_PIECES), max_size=10).map("".join))
def test_done_twice_changes_nothing_more(text: str) -> None:
    """What was masked can be masked again, and any text can be masked."""
    once = mask_secrets(text)
    assert mask_secrets(once) == once
