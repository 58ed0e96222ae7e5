"""What the code reads of the settings, by following where each section comes from."""

import ast

from ivr.config import Config

SECTIONS = {name: type(field.default).__name__ for name, field in Config.model_fields.items() if name != "root"}
OF_TYPE = {kind: section for section, kind in SECTIONS.items()}


def readings(source, *, inside=False):
    """Give every (section, name) read off a Config, or off what a function calls one of its sections."""
    tree = ast.parse(source)
    types = _types(tree)
    found = set(_of(tree, {"self"} if inside else {"config"}, {}))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            whole = {"self"} if inside else {"config"}
            whole |= {argument.arg for argument in _arguments(node) if _kind(argument, types) == "Config"}
            found |= set(_of(node, whole, _aliases(node, whole, types)))
    return found


def _types(tree):
    """Name what a file imports out of the settings: another room may call something else a Recording."""
    taken = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "ivr.config")
    return {alias.name for node in taken for alias in node.names}


def _arguments(function):
    return (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)


def _kind(argument, types):
    """Name a parameter's type if it is one of the settings': `Codes` or `config.Codes`."""
    said = argument.annotation
    if isinstance(said, ast.Attribute):
        return said.attr if getattr(said.value, "id", "") == "config" else ""
    return said.id if isinstance(said, ast.Name) and said.id in types else ""


def _aliases(function, whole, types):
    """Say which names of a function stand for which section: parameters of its type, and what is assigned from it."""
    known = {one.arg: OF_TYPE[kind] for one in _arguments(function) if (kind := _kind(one, types)) in OF_TYPE}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            section = _section(node.value, whole, {})
            if section:
                known[node.targets[0].id] = section
    return known


def _section(node, whole, aliases):
    if isinstance(node, ast.Name):
        return aliases.get(node.id)
    if not isinstance(node, ast.Attribute) or node.attr not in SECTIONS:
        return None
    owner = node.value
    is_config = owner.id in whole if isinstance(owner, ast.Name) else getattr(owner, "attr", "") == "config"
    return node.attr if is_config else None


def _of(tree, whole, aliases):
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            section = _section(node.value, whole, aliases)
            if section:
                yield section, node.attr
