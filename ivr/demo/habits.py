"""How districts, units and operators go about their work: the shares that make them differ."""

# What operators make of what callers chose: first-level subjects stand for others, too.
REFINED = {
    "clean": {"clean": 56.0, "waste": 24.0, "debris": 13.0, "animal": 7.0},
    "obstruct": {"obstruct": 62.0, "build": 38.0},
    "traffic": {"traffic": 45.0, "bus": 25.0, "light": 30.0},
    "other": {"beauty": 30.0, "social": 30.0, "animal": 25.0, "cemetery": 15.0},
}
IN_TIME = {"1": 0.82, "2": 0.86, "3": 0.97, "4": 0.88, "5": 0.93, "6": 0.74, "7": 0.96, "8": 0.9, "unknown": 0.8}
BY_UNIT = {"parks": 0.98, "waste": 0.92, "civil": 0.84, "traffic": 0.9, "communications": 0.95, "cemetery": 0.99}
SATISFIED = {"1": 0.84, "2": 0.86, "3": 0.95, "4": 0.88, "5": 0.93, "6": 0.79, "7": 0.92, "8": 0.89, "unknown": 0.85}
NOT_FEASIBLE, ASKED_AGAIN, UNREFERRED, ROUNDS = 0.035, 0.03, 0.01, 3
BY_PERSON = 0.05
LONG_AGO = 3.0


def in_time(district: str, unit: str) -> float:
    """Give the share of answers that come within the promise."""
    return IN_TIME[district] if unit == "district" else BY_UNIT.get(unit, IN_TIME[district])
