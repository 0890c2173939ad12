"""Parameters of TypeScript notebooks for papermill: `papermill -p bits 16 03-hashnet.ipynb out.ipynb`.

papermill writes parameters in the notebook's language and knows no TypeScript. The entry point of this package makes it
import this module at its start, which registers a translator for the language and for the kernel.
"""

import json
import re

from papermill.engines import NBClientEngine
from papermill.exceptions import PapermillException
from papermill.models import Parameter
from papermill.translators import Translator, papermill_translators

__all__ = ["NBClientEngine", "TypeScriptTranslator"]

LARGEST_SAFE_INTEGER = 2**53 - 1

# `const bits: number = 48; // length of a code`
DECLARATION = re.compile(
    r"^(?:const|let|var)\s+(?P<name>[A-Za-z_$][\w$]*)\s*(?::\s*(?P<type>[^=]+?)\s*)?=\s*(?P<value>.*)$"
)
STRING_OR_COMMENT = re.compile(r"""(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`)|//\s*(?P<help>.*)$""")


class TypeScriptTranslator(Translator):
    """Writes values as TypeScript; reads names, types and comments of a parameters cell."""

    @classmethod
    def translate(cls, val):
        """JSON, which is TypeScript, with NaN and Infinity under their names; dates and the like as text.

        Raises PapermillException for whole numbers that no `number` holds.
        """
        check_integers(val)
        return json.dumps(val, default=str)

    @classmethod
    def comment(cls, cmt_str):
        return f"// {cmt_str}".rstrip()

    @classmethod
    def assign(cls, name, str_val):
        return f"const {name} = {str_val};"

    @classmethod
    def inspect(cls, parameters_cell):
        return [parameter for line in parameters_cell["source"].splitlines() for parameter in declared(line)]


def check_integers(value):
    """Refuses whole numbers that would be rounded on their way, in lists and dictionaries too."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for item in value:
            check_integers(item)
    elif isinstance(value, int) and abs(value) > LARGEST_SAFE_INTEGER:
        raise PapermillException(f"parameter {value}: expected at most 2^53 - 1, beyond which numbers of TypeScript are rounded; give it as text")


def declared(line):
    """The parameter that a line declares, as a list of none or one."""
    match = DECLARATION.match(line)
    if match is None:
        return []
    value, comment = match["value"], ""
    for part in STRING_OR_COMMENT.finditer(value):
        if part["help"] is not None:
            value, comment = value[: part.start()], part["help"]
    return [Parameter(match["name"], match["type"] or "None", value.rstrip().rstrip(";").rstrip(), comment.strip())]


papermill_translators.register("typescript", TypeScriptTranslator)
papermill_translators.register("hashbook", TypeScriptTranslator)
