"""Charts as SVG, drawn on the server: no script, no style of their own, so that the page's theme colours them.

Each stands beside a table of the same numbers and links, which is what keys and screen readers use; in the chart a bar or
point leads a mouse to the rows behind it.
"""

import sys
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from markupsafe import Markup

Value = tuple[float | None, str]
"""A number and the address of the rows behind it."""


def stacked(labels: Sequence[str], series: Mapping[str, Sequence[Value]]) -> Markup:
    """Bars, one on top of the other."""
    return _draw(_pygal().StackedBar, labels, series)


def lines(labels: Sequence[str], series: Mapping[str, Sequence[Value]]) -> Markup:
    """Lines of shares, from 0 to 100 per cent."""
    return _draw(_pygal().Line, labels, series, range=(0, 100))


def counts(labels: Sequence[str], series: Mapping[str, Sequence[Value]], *, every: int) -> Markup:
    """Lines of numbers, interrupted where one is not known; every so manieth label is written."""
    shown = {
        "x_labels_major": list(labels[::every]),
        "show_minor_x_labels": False,
        "dots_size": 1.5,
        "truncate_label": -1,
        "allow_interruptions": True,
    }
    return _draw(_pygal().Line, labels, series, min_scale=2, include_x_axis=True, **shown)


@cache
def _pygal() -> Any:
    """The library, without the finder for its plugins that it hangs into every later import of the process."""
    import pygal

    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]
    return pygal


def _draw(kind: Any, labels: Sequence[str], series: Mapping[str, Sequence[Value]], **more: Any) -> Markup:
    from lxml import etree

    chart = kind(
        css=[], js=[], width=720, height=240, margin=4, spacing=6, show_legend=False, title=None, disable_xml_declaration=True,
        x_labels=list(labels), no_data_text="", value_formatter=lambda value: f"{value:,.0f}", classes=("chart-plot",), **more,
    )  # fmt: skip
    for name, values in series.items():
        chart.add(name, [_point(value, f"{label}, {name}: {value}", to) for label, (value, to) in zip(labels, values, strict=True)])
    drawn = chart.render_tree()
    for unwanted in drawn.xpath(
        "//*[local-name()='style' or local-name()='script' or local-name()='desc' or contains(@class, 'tooltip-overlay')]"
    ):
        unwanted.getparent().remove(unwanted)
    for link in drawn.iter("{*}a"):
        link.set("href", link.attrib.pop("{http://www.w3.org/1999/xlink}href"))
        link.set("tabindex", "-1")
    drawn.set("aria-hidden", "true")
    for heading in drawn.xpath("./*[local-name()='title']"):
        heading.getparent().remove(heading)
    etree.strip_tags(drawn, etree.Comment)
    # lxml escapes every text and attribute.
    return Markup(etree.tostring(drawn, encoding="unicode"))  # noqa: S704 - made by the library above from our own tree


def _point(value: float | None, label: str, to: str) -> dict[str, Any] | None:
    if value is None:
        return None
    return {"value": value, "label": label, "xlink": {"href": to, "target": "_self"}}
