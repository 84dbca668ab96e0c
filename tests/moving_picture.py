"""Pictures that move: what stands on two screens, side by side under a caption, one after the other."""

import base64
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.async_api import Page

SIZE: Final = {"width": 1140, "height": 640}
SHEET: Final = """<style>
body {{ margin: 0; padding: 20px 24px; box-sizing: border-box; width: 1140px; height: 640px; background: #e9ecef;
  font: 600 22px/1.3 system-ui, sans-serif; color: #14181c; display: grid; gap: 14px 24px;
  grid-template: auto 1fr / 1fr auto }}
p {{ grid-column: 1 / 3; margin: 0 }} b {{ color: #8a4b08; margin-right: 10px }}
img {{ display: block; border-radius: 10px; box-shadow: 0 2px 14px #0003 }}
.left {{ width: 800px }} .right {{ height: 548px; border-radius: 20px }} .none {{ visibility: hidden; width: 267px }}
</style><p><b>{number}</b>{caption}</p><img class="left" src="{left}"><img class="{shown}" src="{right}">"""
#: A picture of nothing, for the screen that is not there yet.
NOTHING: Final = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="


@dataclass
class Reel:
    """The frames so far. sheet: a page on which each is put together."""

    sheet: Page
    frames: list[Image.Image] = field(default_factory=list)
    shown_ms: list[int] = field(default_factory=list)

    async def take(
        self, number: str, caption: str, left: Page, right: Page | None = None, ms: int = 1600
    ) -> None:
        """What both pages show now, for so long."""
        await self.sheet.set_viewport_size({"width": 1140, "height": 640})
        await self.sheet.set_content(
            SHEET.format(
                number=number,
                caption=caption,
                left=await _address(left),
                right=await _address(right) if right else NOTHING,
                shown="right" if right else "none",
            )
        )
        await self.sheet.wait_for_function("[...document.images].every((image) => image.complete)")
        self.frames.append(Image.open(io.BytesIO(await self.sheet.screenshot())).convert("RGB"))
        self.shown_ms.append(ms)

    def save(self, path: Path) -> None:
        """All of it as one WebP that begins anew when it is over."""
        first, *rest = self.frames
        first.save(
            path, save_all=True, append_images=rest, duration=self.shown_ms, loop=0, quality=80, method=6
        )


async def _address(page: Page) -> str:
    return "data:image/png;base64," + base64.b64encode(await page.screenshot()).decode()
