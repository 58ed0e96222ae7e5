"""A year of believable calls, to look at the pages with and to measure them."""

from ivr.demo.build import NotEmpty, Plan, build

__all__ = ["NotEmpty", "Plan", "build"]
