#!/usr/bin/env python3
"""Writes what ansible-core 2.18 makes of the expressions in the files given: one JSON array a line, the expression and
the `repr` of its value, or `!` where it fails. Run it with a Python that has ansible-core after adding expressions."""
import json
import sys
import warnings

warnings.simplefilter("ignore")
from ansible.parsing.dataloader import DataLoader  # noqa: E402
from ansible.plugins.loader import init_plugin_loader  # noqa: E402
from jinja2.utils import generate_lorem_ipsum  # noqa: E402
from ansible.template import AnsibleUndefined, Templar  # noqa: E402

init_plugin_loader()

VARS = json.load(open(__file__.rsplit("/", 1)[0] + "/variables.json"))
FIXED = ("generator", "zip", "map", "filter", "product", "permutations", "combinations", "zip_longest", "dict_keys",
         "dict_values", "dict_items", "range", "list_reverseiterator", "accumulate")


def plain(value):
    """Iterators are lists in the engine, and marked text is text."""
    kind = type(value).__name__
    if isinstance(value, AnsibleUndefined):
        raise ValueError("undefined")
    if kind in FIXED:
        return [plain(item) for item in value]
    if isinstance(value, str):
        return str.__str__(value)
    if kind == "_GroupTuple":
        return tuple(plain(item) for item in value)
    if type(value) in (list, tuple):
        return type(value)(plain(item) for item in value)
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items()}
    return value


def answer(expression):
    templar = Templar(DataLoader(), variables=VARS)
    environment = templar.environment
    names = dict(VARS, range=range, dict=dict, lipsum=generate_lorem_ipsum, undef=templar._make_undefined)
    try:
        value = environment.compile_expression(expression, undefined_to_none=False)(**names)
        return repr(plain(value))
    except Exception:
        return "!"


for path in sys.argv[1:]:
    lines = [line for line in open(path).read().split("\n") if line.strip()]
    with open(path, "w") as out:
        for line in lines:
            expression = json.loads(line)[0] if line.startswith("[\"") else line
            out.write(json.dumps([expression, answer(expression)], ensure_ascii=True) + "\n")
