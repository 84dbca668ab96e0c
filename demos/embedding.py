"""What leads to a link from elsewhere: the tag for a shop's page, a plain frame, a code for a phone's camera."""

from html import escape

import segno


def embed_tag(url: str) -> str:
    """The line that puts a bubble on a page. url: the link's, with its last stroke."""
    return f'<script src="{escape(url)}embed.js" async></script>'


def iframe_tag(url: str, title: str) -> str:
    """The chat as a part of a page, for whoever wants no bubble. title: what a screen reader calls it.

    No style in it: a page with a strict policy would refuse that. It asks for the page's host as where it came from,
    which is all that is kept of it, and for the leave to copy, which a frame from elsewhere has not by itself.
    """
    return (
        f'<iframe src="{escape(url)}?in=frame" title="{escape(title)}" width="400" height="620" frameborder="0" '
        'loading="lazy" referrerpolicy="strict-origin" allow="clipboard-write"></iframe>'
    )


def qr_code(url: str) -> str:
    """The address as a QR code (ISO/IEC 18004): an SVG picture as a data address, dark on white with its margin, so
    that it is read from a dark page, too. It has no size of its own."""
    return segno.make(url, error="m", micro=False).svg_data_uri(light="#fff", omitsize=True, nl=False)
