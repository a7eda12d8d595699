"""What a page holds."""

from __future__ import annotations


def seen(page: str) -> str:
    """What a page about a record was made from; it goes with whatever changes the record."""
    return page.split('name="seen" value="')[1].split('"')[0]
