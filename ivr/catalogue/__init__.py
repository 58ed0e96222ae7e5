"""What callers hear and what may happen: callflows/, read and checked once, at start."""

from ivr.catalogue.contents import Catalogue
from ivr.catalogue.lists import AnswerTemplate, Category, District, ReviewForm, Unit
from ivr.catalogue.problems import Problem, errors, problems
from ivr.catalogue.reading import CatalogueError, load, read

__all__ = [
    "AnswerTemplate",
    "Catalogue",
    "CatalogueError",
    "Category",
    "District",
    "Problem",
    "ReviewForm",
    "Unit",
    "errors",
    "load",
    "problems",
    "read",
]
