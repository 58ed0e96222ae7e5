"""What callers hear and what may happen: callflows/, read and checked once, at start."""

from ivr.catalogue.contents import Catalogue
from ivr.catalogue.edits import Edits, faults, revised
from ivr.catalogue.lists import AnswerTemplate, Category, District, ReviewForm, Situation, Unit
from ivr.catalogue.problems import Problem, errors, problems
from ivr.catalogue.reading import CatalogueError, load, read

__all__ = [
    "AnswerTemplate",
    "Catalogue",
    "CatalogueError",
    "Category",
    "District",
    "Edits",
    "Problem",
    "ReviewForm",
    "Situation",
    "Unit",
    "errors",
    "faults",
    "load",
    "problems",
    "read",
    "revised",
]
