"""The facts as the model gets them, and a CSV text's bad rows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demos.demo import Demo, Facts
from demos.facts import BadRow, BadRows, csv_rows, facts_text, facts_tokens, system_prompt
from holysheep.tokens import estimate

PRICES = Facts("Bảng giá", "csv", 'Món,Giá\nÁo,"459.000 ₫"\n\nKhăn | vuông,290.000 ₫\n')
OPENING = Facts("Giờ  mở cửa", "markdown", "\n- 9:00–21:30\n")
TABLE = "## Bảng giá\n\n| Món | Giá |\n| --- | --- |\n| Áo | 459.000 ₫ |\n| Khăn \\| vuông | 290.000 ₫ |"
DEMO = Demo("shop", "Shop", "\nBạn là Mây.\n", hotline="1900 0131", facts=(PRICES, OPENING))


def test_facts_as_text() -> None:
    """Each piece stands below its title, a CSV text as a table."""
    assert facts_text(DEMO) == f"{TABLE}\n\n## Giờ mở cửa\n\n- 9:00–21:30"
    assert facts_tokens(DEMO) == estimate(facts_text(DEMO))


def test_the_prompt_begins_with_the_facts() -> None:
    """Facts, then what to say where they say nothing, then the persona: an edited persona leaves the head as it was."""
    prompt = system_prompt(DEMO)
    assert prompt.startswith(facts_text(DEMO)) and prompt.endswith("\n\nBạn là Mây.")
    rule = prompt.removeprefix(facts_text(DEMO)).removesuffix("Bạn là Mây.")
    assert "“cửa hàng chưa cho em biết”" in rule and "“the shop has not told me”" in rule
    assert "1900 0131" in rule


def test_an_english_demo_is_told_the_rule_in_english() -> None:
    """The rule does not pull the answers into another language; without a hotline it names none."""
    prompt = system_prompt(Demo("shop", "Shop", "You are May.", language="en", facts=(OPENING,)))
    assert "only what stands above is true" in prompt and "hotline" not in prompt


def test_no_facts_no_rule() -> None:
    """A demo without facts is its persona and nothing else, as before there were any."""
    assert system_prompt(Demo("shop", "Shop", "\nBạn là Mây.\n")) == "Bạn là Mây."


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        pytest.param("a,b\n1,2", [["a", "b"], ["1", "2"]], id="comma"),
        pytest.param("a;b\n1,5;2", [["a", "b"], ["1,5", "2"]], id="semicolon"),
        pytest.param("a\tb\n1\t", [["a", "b"], ["1", ""]], id="tab"),
        pytest.param("\ta\n1\t2", [["", "a"], ["1", "2"]], id="first cell blank"),
        pytest.param('a, b\n"1, 2", "say ""hi"""', [["a", "b"], ["1, 2", 'say "hi"']], id="quotes"),
        pytest.param('a,b\n"1\n2",3', [["a", "b"], ["1\n2", "3"]], id="a line end in a cell"),
        pytest.param('a,b\n27" màn,1', [["a", "b"], ['27" màn', "1"]], id="inches"),
        pytest.param("a,b\r\n\r\n , \r\n1,2\r\n,,\n"[:-3], [["a", "b"], ["1", "2"]], id="blank rows"),
        pytest.param("tên\náo", [["tên"], ["áo"]], id="one column"),
        pytest.param("a,b", [["a", "b"]], id="header alone"),
    ],
)
def test_csv(content: str, rows: list[list[str]]) -> None:
    """The delimiter is found, quotes are read, blank rows are left out."""
    assert csv_rows(content) == rows


@pytest.mark.parametrize(
    ("content", "bad"),
    [
        pytest.param("a,b\n1\n1,2\n1,2,3", [BadRow(2, 1, 2), BadRow(4, 3, 2)], id="too few, too many"),
        pytest.param("\n\na,b\n\n1", [BadRow(5, 1, 2)], id="blank lines count"),
        pytest.param('a,b\n"1\n2",3\n4', [BadRow(4, 1, 2)], id="a cell of two lines counts as two"),
        pytest.param('a,b\n"x"y,1\n2', [BadRow(2, None, 2), BadRow(3, 1, 2)], id="text behind a quote"),
        pytest.param('a,b\n1,"2\n3,4', [BadRow(2, None, 2)], id="quote never closed"),
    ],
)
def test_bad_rows(content: str, bad: list[BadRow]) -> None:
    """Each bad row is named by the line it begins at, all of them at once."""
    with pytest.raises(BadRows) as caught:
        csv_rows(content)
    assert list(caught.value.rows) == bad


@given(st.text('ab1,;\t"\n |', max_size=60))
def test_any_text_is_a_table_or_has_bad_rows(content: str) -> None:
    """Whatever somebody pastes: rows as wide as the header, or BadRows and nothing else."""
    try:
        widths = {len(row) for row in csv_rows(content)}
    except BadRows as bad:
        widths = {row.expected for row in bad.rows if row.found != row.expected}
    assert len(widths) <= 1
