"""From the address to the first reply and its receipt."""

import re

import pytest
from playwright.async_api import expect
from visitor import DESKTOP, PHONE, Device, Language, Visit

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

QUESTIONS: dict[Language, str] = {"vi": "Giá áo thun bao nhiêu?", "en": "How much is delivery?"}
#: model · time to first words → whole time · tokens · cost
RECEIPT_LINES = {
    "vi": r"DeepSeek V3\.2 · \d+,\d\d s → \d+,\d\d s · [\d.]+ token · \$0\.\d{4}",
    "en": r"DeepSeek V3\.2 · \d+\.\d\d s → \d+\.\d\d s · [\d,]+ tokens · \$0\.\d{4}",
}


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=lambda device: device.name)
@pytest.mark.parametrize("language", ["vi", "en"])
async def test_a_newcomer_asks_and_sees_reply_and_receipt(
    visit: Visit, language: Language, device: Device
) -> None:
    """One message: it is shown, answered, and its receipt says what it took; a click shows the rest."""
    visitor = await visit(language, device)
    await visitor.picture("1-greeting")
    await visitor.ask(QUESTIONS[language])
    await expect(visitor.mine).to_have_text(QUESTIONS[language])
    assert len(await visitor.reply()) > 50
    receipt = visitor.receipts.first.get_by_role("button").first
    assert re.fullmatch(RECEIPT_LINES[language], await receipt.inner_text())
    await visitor.picture("2-reply")
    await visitor.press(receipt)
    table = visitor.receipts.first.get_by_role("table")
    for key in (
        "provider",
        "ttft",
        "latency",
        "prompt",
        "completion",
        "cost",
        "price_version",
        "request_id",
        "demo",
    ):
        await expect(table).to_contain_text(visitor.say(f"receipt.{key}"))
    await expect(table.get_by_role("row").last).to_be_in_viewport()
    await visitor.picture("3-receipt")
    await expect(visitor.totals).to_contain_text(visitor.say("totals.reply"))


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_a_starter_asks_its_question(visit: Visit, language: Language) -> None:
    """A click on a starter below the greeting sends its message."""
    visitor = await visit(language)
    starter = visitor.page.locator('[data-step-type="assistant_message"] button[id]').first
    await starter.click()
    await expect(visitor.receipts).to_have_count(1)
    await expect(visitor.mine).to_have_count(1)
