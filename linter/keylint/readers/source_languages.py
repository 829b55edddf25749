"""What the syntax trees of other languages call the things that give a literal a name. One table per language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from keylint.readers.interface import SAMPLE_SUFFIX

Escapes = Literal["c", "single", "raw", "shell", "word"]
"""How a string spells its characters: escapes as in C, of quote and backslash only, none, those of a shell."""


@dataclass(frozen=True, slots=True)
class Strings:
    """A kind of string. `marks` are what an interpolation in it begins with; without a mark nothing is looked for."""

    escapes: Escapes
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Binds:
    """A kind of node that binds a value: the fields of name and value, or the first and the last child."""

    name: str = ""
    value: str = ""
    default: bool = False
    """True for a parameter's default."""


@dataclass(frozen=True, slots=True)
class Syntax:
    """The table of one language; node kinds are those of its grammar."""

    module: str
    strings: dict[str, Strings]
    binds: dict[str, Binds]
    function: str = "language"
    comments: frozenset[str] = frozenset({"comment"})
    operators: frozenset[str] = frozenset({"binary_expression"})
    joins: frozenset[str] = frozenset({"+"})
    """Operators that put texts together."""
    adjacent: frozenset[str] = frozenset()
    """Nodes whose children are put together."""
    conditionals: frozenset[str] = frozenset({"ternary_expression"})
    arguments: frozenset[str] = frozenset({"arguments", "argument_list"})
    classes: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()
    """Both sides of `a, b = 1, 2`."""
    unread: frozenset[str] = frozenset()
    """What holds no value of the program."""
    types: frozenset[str] = frozenset()
    """Names of types with those of their modules: `STS.Options` looks like a key."""
    commands: frozenset[str] = frozenset()
    """Of a shell: what runs a program."""
    expansion: str = ""
    """In a shell: a variable with what stands in for it."""


_JAVASCRIPT_STRINGS = {"string": Strings("c"), "template_string": Strings("c", ("${",))}
_JAVASCRIPT_BINDS = {
    "variable_declarator": Binds("name", "value"),
    "assignment_expression": Binds("left", "right"),
    "augmented_assignment_expression": Binds("left", "right"),
    "pair": Binds("key", "value"),
    "field_definition": Binds("property", "value"),
    "public_field_definition": Binds("name", "value"),
    "assignment_pattern": Binds("left", "right", default=True),
    "object_assignment_pattern": Binds("left", "right", default=True),
    "required_parameter": Binds("pattern", "value", default=True),
    "optional_parameter": Binds("pattern", "value", default=True),
    "enum_assignment": Binds("name", "value"),
    "jsx_attribute": Binds(),
}
_JAVASCRIPT = Syntax(
    "tree_sitter_javascript",
    _JAVASCRIPT_STRINGS,
    _JAVASCRIPT_BINDS,
    comments=frozenset({"comment", "html_comment"}),
    classes=frozenset({"class_declaration", "class", "abstract_class_declaration", "enum_declaration", "internal_module"}),
    functions=frozenset(
        {
            "function_declaration", "function_expression", "arrow_function", "method_definition",
            "generator_function", "generator_function_declaration",
        }
    ),
    unread=frozenset({"literal_type", "regex"}),
    types=frozenset({"nested_type_identifier"}),
)  # fmt: skip
_GO = Syntax(
    "tree_sitter_go",
    {"interpreted_string_literal": Strings("c"), "raw_string_literal": Strings("raw")},
    {
        "const_spec": Binds("name", "value"),
        "var_spec": Binds("name", "value"),
        "short_var_declaration": Binds("left", "right"),
        "assignment_statement": Binds("left", "right"),
        "keyed_element": Binds("key", "value"),
    },
    lists=frozenset({"expression_list"}),
    functions=frozenset({"function_declaration", "method_declaration", "func_literal"}),
    unread=frozenset({"import_declaration"}),
    types=frozenset({"qualified_type"}),
)
_JAVA = Syntax(
    "tree_sitter_java",
    {"string_literal": Strings("c")},
    {
        "variable_declarator": Binds("name", "value"),
        "assignment_expression": Binds("left", "right"),
        "element_value_pair": Binds("key", "value"),
    },
    comments=frozenset({"line_comment", "block_comment"}),
    arguments=frozenset({"argument_list", "annotation_argument_list"}),
    classes=frozenset({"class_declaration", "interface_declaration", "enum_declaration", "record_declaration"}),
    functions=frozenset({"method_declaration", "constructor_declaration", "lambda_expression"}),
    types=frozenset({"scoped_type_identifier"}),
)
_RUBY = Syntax(
    "tree_sitter_ruby",
    {"string": Strings("c", ("#",)), "bare_string": Strings("word", ("#",))},
    {
        "assignment": Binds("left", "right"),
        "operator_assignment": Binds("left", "right"),
        "pair": Binds("key", "value"),
        "optional_parameter": Binds("name", "value", default=True),
        "keyword_parameter": Binds("name", "value", default=True),
    },
    operators=frozenset({"binary"}),
    adjacent=frozenset({"chained_string"}),
    conditionals=frozenset({"conditional"}),
    classes=frozenset({"class", "module"}),
    functions=frozenset({"method", "singleton_method", "lambda", "block", "do_block"}),
    lists=frozenset({"left_assignment_list", "right_assignment_list"}),
    unread=frozenset({"regex"}),
    comments=frozenset({"comment", "heredoc_body"}),
)
_PHP = Syntax(
    "tree_sitter_php",
    {"string": Strings("single"), "encapsed_string": Strings("c", ("$",))},
    {
        "assignment_expression": Binds("left", "right"),
        "augmented_assignment_expression": Binds("left", "right"),
        "const_element": Binds(),
        "property_element": Binds("name", "default_value"),
        "array_element_initializer": Binds(),
        "simple_parameter": Binds("name", "default_value", default=True),
        "property_promotion_parameter": Binds("name", "default_value", default=True),
        "static_variable_declaration": Binds("name", "value"),
        "enum_case": Binds("name", "value"),
        "argument": Binds("name"),
    },
    function="language_php",
    joins=frozenset({"."}),
    conditionals=frozenset({"conditional_expression"}),
    classes=frozenset({"class_declaration", "interface_declaration", "trait_declaration", "enum_declaration"}),
    functions=frozenset({"function_definition", "method_declaration", "anonymous_function", "arrow_function"}),
    comments=frozenset({"comment", "heredoc_body", "nowdoc_body"}),
)
_SHELL = Syntax(
    "tree_sitter_bash",
    {
        "string": Strings("shell", ("$", "`")),
        "raw_string": Strings("raw"),
        "ansi_c_string": Strings("c"),
        "word": Strings("word"),
        "number": Strings("word"),
    },
    {"variable_assignment": Binds("name", "value")},
    operators=frozenset(),
    adjacent=frozenset({"concatenation"}),
    conditionals=frozenset(),
    arguments=frozenset(),
    functions=frozenset({"function_definition", "command_substitution"}),
    comments=frozenset({"comment", "heredoc_body"}),
    commands=frozenset({"command"}),
    expansion="expansion",
)

_TYPESCRIPT = Syntax(
    "tree_sitter_typescript", _JAVASCRIPT_STRINGS, _JAVASCRIPT_BINDS, "language_typescript",
    _JAVASCRIPT.comments, classes=_JAVASCRIPT.classes, functions=_JAVASCRIPT.functions, unread=_JAVASCRIPT.unread,
    types=_JAVASCRIPT.types,
)  # fmt: skip
_TSX = Syntax(
    "tree_sitter_typescript", _JAVASCRIPT_STRINGS, _JAVASCRIPT_BINDS, "language_tsx",
    _JAVASCRIPT.comments, classes=_JAVASCRIPT.classes, functions=_JAVASCRIPT.functions, unread=_JAVASCRIPT.unread,
    types=_JAVASCRIPT.types,
)  # fmt: skip

_BY_NAME = tuple(
    (re.compile(pattern, re.IGNORECASE), syntax)
    for pattern, syntax in (
        (r".+\.[cm]?ts", _TYPESCRIPT),
        (r".+\.tsx", _TSX),
        (r".+\.[cm]?jsx?", _JAVASCRIPT),
        (r".+\.go", _GO),
        (r".+\.java", _JAVA),
        (r".+\.(?:rb|rake|gemspec)|Gemfile|Rakefile", _RUBY),
        (r".+\.(?:php|phtml)", _PHP),
    )
)


def syntax_of(path: str) -> Syntax:
    """Return the table for a file of this name; what names no other language is a shell's."""
    name = SAMPLE_SUFFIX.sub("", path.rsplit("/", 1)[-1])
    return next((syntax for pattern, syntax in _BY_NAME if pattern.fullmatch(name)), _SHELL)
