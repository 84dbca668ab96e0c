"""A demo drafted from a shop's name and two sentences: by one call of a model, or from a template."""

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any
from zlib import crc32

import tomlkit

#: What the model is told. Its answer is checked as any demo is; the template's words stand in for what it got wrong.
INSTRUCTIONS = """\
Draft a customer-care chatbot for a Vietnamese online shop. Answer with one JSON object and nothing else:
{"persona": "...", "greeting": {"vi": "...", "en": "..."}, "color": "#rrggbb",
 "starters": [{"vi": {"label": "...", "message": "..."}, "en": {"label": "...", "message": "..."}}]}
persona: in Vietnamese, 80 to 200 words, second person ("Bạn là ..."): who the assistant is, how it speaks (polite,
short, the customer's language), what it helps with, and that it never invents prices, stock, promises or order states.
greeting: two friendly sentences in each language. starters: exactly four first questions that a customer would ask;
label: at most five words. color: a dark accent that suits the shop and is readable under white text."""

_JSON = re.compile(r"\{.*\}", re.DOTALL)
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_STARTERS = 4
_LONGEST_PERSONA = 4000


def request(title: str, about: str) -> list[dict[str, str]]:
    """The messages that ask a model for a draft."""
    shop = f"The shop: {title}\nWhat is known of it: {about}"
    return [{"role": "system", "content": INSTRUCTIONS}, {"role": "user", "content": shop}]


def drafted(title: str, about: str, reply: str = "") -> str:
    """The demo as TOML. reply: the model's; what it lacks, or all without one, comes from the template."""
    found = _read(reply)
    greeting = found.get("greeting")
    document = tomlkit.document()
    document["title"] = title
    document["persona"] = _long(_text(found.get("persona"), _LONGEST_PERSONA) or _persona(title))
    document["greeting"] = {
        "vi": _text(_of(greeting, "vi"), 2000)
        or f"Xin chào, đây là trợ lý của **{title}**. Anh/chị cần tư vấn gì ạ?",
        "en": _text(_of(greeting, "en"), 2000)
        or f"Hello, this is the assistant of **{title}**. How can I help you?",
    }
    starters = _starters(found.get("starters"))
    document["starters"] = {
        language: _tables([one[language] for one in starters]) for language in ("vi", "en")
    }
    document["branding"] = _colors(title, found.get("color"))
    about_shop = {"title": "Giới thiệu", "format": "text", "content": _long(about)}
    document["facts"] = _tables([about_shop])
    return tomlkit.dumps(document)


def holds_draft(reply: str) -> bool:
    """Whether a model's reply has a persona to begin with."""
    return bool(_text(_read(reply).get("persona"), _LONGEST_PERSONA))


def slug(title: str) -> str:
    """A demo's name made of a title: ``Mây Boutique`` -> ``may-boutique``."""
    plain = unicodedata.normalize("NFD", title.replace("đ", "d").replace("Đ", "D"))
    ascii_only = plain.encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:40].strip("-") or "demo"


def _persona(title: str) -> str:
    return (
        f"Bạn là trợ lý chăm sóc khách hàng của {title}.\n\n"
        "- Trả lời bằng ngôn ngữ của khách, lịch sự và gọn: hai đến năm câu.\n"
        "- Không tự đặt ra giá, khuyến mãi, tồn kho, cam kết hay tình trạng đơn hàng.\n"
        "- Khi chưa rõ khách cần gì, hỏi lại một câu ngắn."
    )


#: On a light page and on a dark one; each is read with at least 7 to 1 (WCAG 2.2, level AAA).
_ACCENTS = (
    ("#7c2d12", "#fdba74"),
    ("#7a1f3d", "#f9a8c0"),
    ("#5b21b6", "#c4b5fd"),
    ("#1e3a8a", "#93c5fd"),
    ("#164e63", "#67e8f9"),
    ("#14532d", "#86efac"),
    ("#713f12", "#fcd34d"),
)


def _colors(title: str, found: object) -> dict[str, str]:
    """The model's, else a pair of ours, the same again for the same shop."""
    if isinstance(found, str) and _COLOR.fullmatch(found):
        return {"color": found}
    light, dark = _ACCENTS[crc32(title.encode()) % len(_ACCENTS)]
    return {"color": light, "color_dark": dark}


_USUAL = (
    (
        "Sản phẩm nổi bật",
        "Bên mình có những sản phẩm nào nổi bật?",
        "Best sellers",
        "What are your best sellers?",
    ),
    (
        "Giá và ưu đãi",
        "Giá thế nào, có ưu đãi gì không?",
        "Prices and offers",
        "What are your prices and offers?",
    ),
    (
        "Giao hàng",
        "Giao hàng mất bao lâu và phí bao nhiêu?",
        "Delivery",
        "How long does delivery take, and what does it cost?",
    ),
    (
        "Giờ mở cửa",
        "Cửa hàng mở cửa lúc nào, liên hệ thế nào?",
        "Opening hours",
        "When are you open, and how do I reach you?",
    ),
)


def _starters(found: object) -> list[dict[str, dict[str, str]]]:
    usual = [{"vi": {"label": a, "message": b}, "en": {"label": c, "message": d}} for a, b, c, d in _USUAL]
    if not isinstance(found, list):
        return usual
    good = [one for item in found if (one := _starter(item))]
    labels = [
        [one[language][key] for one in good] for language in ("vi", "en") for key in ("label", "message")
    ]
    twins = any(len(set(words)) < len(words) for words in labels)
    return good[:_STARTERS] if len(good) >= _STARTERS and not twins else usual


def _starter(item: object) -> dict[str, dict[str, str]] | None:
    starter = {
        language: {"label": _text(_of(one, "label"), 80), "message": _text(_of(one, "message"), 2000)}
        for language in ("vi", "en")
        for one in (_of(item, language),)
    }
    return starter if all(text for words in starter.values() for text in words.values()) else None


def _read(reply: str) -> Mapping[str, Any]:
    """The JSON object in a reply, wherever in it; nothing where there is none."""
    block = _JSON.search(reply)
    try:
        found = json.loads(block.group()) if block else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _of(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, dict) else None


def _text(value: object, longest: int) -> str:
    text = value.strip() if isinstance(value, str) else ""
    return text if len(text) <= longest else ""


def _long(text: str) -> Any:
    return tomlkit.string(f"{text}\n", multiline=True) if '"""' not in text and "\\" not in text else text


def _tables(rows: list[dict[str, Any]]) -> Any:
    tables = tomlkit.aot()
    for row in rows:
        tables.append(tomlkit.item(row))
    return tables
