"""Every figure: what is counted over what. Their words, and who is left out, are in web/figures.fa.yaml."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["count", "share", "mean", "median", "p90"]
Wish = Literal["more", "less", ""]


@dataclass(frozen=True)
class Figure:
    """A figure as data: the sum of the measures `of` it, over the sum of those `over` it.

    A share is of a hundred; a mean is a plain quotient; a median and a 90th percentile are of the lengths named.
    `asked`: a share of people who were asked, shown with its interval. `wish`: which way is better.
    """

    code: str
    kind: Kind
    of: tuple[str, ...]
    over: tuple[str, ...] = ()
    wish: Wish = ""
    asked: bool = False


LIVE = ("overdue", "cb_late")
"""Measures that time alone changes: counted when a page is asked for, never stored."""

FIGURES = (
    Figure("calls", "count", ("calls",)),
    Figure("information_share", "share", ("d_information",), ("calls",)),
    Figure("reports", "count", ("reports",)),
    Figure("abandoned_share", "share", ("d_abandoned",), ("calls",), "less"),
    Figure("repeat_share", "share", ("repeat",), ("known",), "less"),
    Figure("first_median", "median", ("first",), wish="less"),
    Figure("first_p90", "p90", ("first",), wish="less"),
    Figure("solved_median", "median", ("solved",), wish="less"),
    Figure("solved_p90", "p90", ("solved",), wish="less"),
    Figure("in_time", "share", ("in_time",), ("settled", "overdue"), "more"),
    Figure("answered_share", "share", ("answered",), ("owed",), "more"),
    Figure("confirmed_share", "share", ("s_confirmed",), ("answered",), "more"),
    Figure("unreachable_share", "share", ("s_closed_unconfirmed",), ("answered",), "less"),
    Figure("unasked_share", "share", ("s_answered",), ("answered",), "less"),
    Figure("reopened_share", "share", ("reopened",), ("answered",), "less"),
    Figure("satisfaction", "share", ("fb_confirmed",), ("fb_confirmed", "fb_rejected"), "more", asked=True),
    Figure("cb_promised", "count", ("cb_promised",)),
    Figure("cb_reached_share", "share", ("cb_reached",), ("cb_ended",), "more"),
    Figure("cb_tries_mean", "mean", ("cb_tries",), ("cb_tried",), "less"),
    Figure("cb_kept_share", "share", ("cb_kept",), ("cb_called", "cb_late"), "more"),
)
BY_CODE = {figure.code: figure for figure in FIGURES}
LENGTHS = ("first", "solved")
GROUPS = {
    "calls": ("calls", "information_share", "reports", "abandoned_share", "repeat_share"),
    "speed": ("first_median", "first_p90", "solved_median", "solved_p90", "in_time"),
    "truth": ("answered_share", "confirmed_share", "unreachable_share", "unasked_share", "reopened_share"),
    "people": ("satisfaction", "cb_promised", "cb_reached_share", "cb_tries_mean", "cb_kept_share"),
}
