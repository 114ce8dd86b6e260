"""Arithmetic on the published parts of a claim: `a / b`, `mean(a, b) - c`, nothing else."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence

_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
LONGEST = 300
"""Characters of a formula."""


def _mean(*values: float) -> float:
    return sum(values) / len(values)


def _nearest_percent(percent: float, cases: float) -> float:
    """Return the percentage, among those that whole numbers of cases can give, next to one."""
    return 100 * round(percent * cases / 100) / cases


_FUNCTIONS: dict[str, Callable[..., float]] = {
    "mean": _mean,
    "nearest_percent": _nearest_percent,
}


def formula_problem(formula: str, names: Sequence[str]) -> str:
    """Return why a text is no formula over some named parts, or an empty text."""
    try:
        value_of(formula, dict.fromkeys(names, 1.0))
    except (ValueError, ZeroDivisionError, TypeError) as error:
        return f"{formula!r} is no formula of its parts: {error}"
    return ""


def value_of(formula: str, parts: Mapping[str, float]) -> float:
    """Return the value of a formula.

    Args:
        formula: numbers and names of parts, joined by + - * / and brackets; `mean(a, b)`;
            `nearest_percent(p, n)`, the percentage next to p that a whole number of n cases gives.
        parts: name -> value.

    Raises:
        ValueError: the text is something else, or names an unknown part.
        ZeroDivisionError: it divides by nothing.
    """
    if len(formula) > LONGEST:
        raise ValueError(f"longer than {LONGEST} characters")
    try:
        tree = ast.parse(formula, mode="eval")
    except (SyntaxError, RecursionError) as error:
        raise ValueError("it does not parse") from error
    return _value(tree.body, parts)


def _value(node: ast.expr, parts: Mapping[str, float]) -> float:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return float(str(node.value))
    if isinstance(node, ast.Name):
        if node.id not in parts:
            raise ValueError(f"no part {node.id!r}")
        return float(parts[node.id])
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        left, right = _value(node.left, parts), _value(node.right, parts)
        return _OPERATORS[type(node.op)](left, right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        function = _FUNCTIONS.get(node.func.id)
        if function is None:
            raise ValueError(f"no function {node.func.id!r}")
        return function(*(_value(argument, parts) for argument in node.args))
    raise ValueError("only numbers, parts, + - * / and " + ", ".join(_FUNCTIONS))
