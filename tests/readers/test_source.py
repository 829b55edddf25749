import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keylint.model import Role
from keylint.readers import read, reader_for
from keylint.readers.source import MOST_CHARACTERS
from keylint.readers.source_languages import syntax_of
from keylint.readers.source_parse import MOST_OPEN, parse

# Path, text with marked values, names in the order of the values.
BINDINGS = [
    ("a.js", "const apiKey = '«value»';", ["apiKey"]),
    ("a.js", "var a = '«first»', b = `«second»`", ["a", "b"]),
    ("a.js", "config.stripe['secret-key'] = \"«value»\"", ["config.stripe.secret-key"]),
    ("a.mjs", "export const config = { stripe: { secretKey: '«value»', other }, 'x-api-key': \"«more»\" }",
     ["config.stripe.secretKey", "config.x-api-key"]),
    ("a.js", "class Client { static KEY = '«value»'; #token = '«more»'; constructor() { this.name = '«last»' } }",
     ["Client.KEY", "Client.token", "name"]),
    ("a.js", "const stripe = new Stripe('sk', { apiKey: '«value»' })", ["stripe.apiKey"]),
    ("a.js", "sgMail.setApiKey('«value»'); headers.set('Authorization', '«Bearer x»'); t.equal('one', '«more»')",
     ["setApiKey", "Authorization", "one"]),
    ("a.js", "const keys = ['«first»', ok ? '«second»' : '«third»']", ["keys", "keys", "keys"]),
    ("a.js", "if (token === '«value»') f()", ["token"]),
    ("a.js", "const { data, key = '«value»' } = f('call'), g = ({ token = '«more»' }) => 'plain'", ["key", "token"]),
    ("a.jsx", "export default () => <Maps apiKey='«value»' other={'«more»'}>text</Maps>", ["apiKey", "other"]),
    ("a.ts", "class C { private readonly key: string = '«value»'; constructor(private token = '«more»') {} }",
     ["C.key", "token"]),
    ("a.mts", "enum E { KEY = '«value»' } type T = 'type'; const k = '«more»' as const", ["E.KEY", "k"]),
    ("a.ts", "@Component({ token: '«value»' }) class D {}", ["D.token"]),
    ("a.tsx", "const a: string = '«value»'; const b = <A key='«more»'/>", ["a", "b.key"]),
    ("a.go", 'const apiKey = "«value»"\nvar c, d string = "«first»", "«second»"', ["apiKey", "c", "d"]),
    ("a.go", 'package m\nfunc f() { key := `«value»`; cfg.Key = "«more»"; m["k"] = "«item»"; a, b = "«first»", "«second»" }',
     ["key", "cfg.Key", "m.k", "a", "b"]),
    ("a.go", 'package m\nvar c = Config{Token: "«value»", Inner: &Inner{Key: "«more»"}, M: map[string]string{"k": "«item»"}}',
     ["c.Token", "c.Inner.Key", "c.M.k"]),
    ("a.go", 'package m\nfunc f() { c := openai.NewClient(option.WithAPIKey("«value»")); k := []byte("«more»") }',
     ["c.WithAPIKey", "k"]),
    ("A.java", 'class A { static final String KEY = "«value»"; void f() { token = "«more»"; var b = x.apiKey("«last»"); } }',
     ["A.KEY", "token", "b.apiKey"]),
    ("A.java", '@Bean(token = "«value»") class A { @Value("plain") String b = Map.of("KEY", "«more»"); }', ["A.token", "KEY"]),
    ("A.java", 'class A { String k = """\n    «value»"""; }', ["A.k"]),
    ("a.rb", "API_KEY = '«value»'\n@token = \"«more»\"\nself.secret = %q(«last»)", ["API_KEY", "token", "secret"]),
    ("a.rb", "Stripe.api_key = '«value»'\nh = { a: '«first»', :b => '«second»', 'c' => '«third»', \"d\": '«fourth»' }",
     ["Stripe.api_key", "h.a", "h.b", "h.c", "h.d"]),
    ("a.rb", "class A\n  KEY = '«value»'\n  def m(token: '«more»')\n    call(key: '«last»')\n  end\nend",
     ["A.KEY", "token", "key"]),
    ("a.rb", "a, b = '«first»', '«second»'\nk ||= '«value»'", ["a", "b", "k"]),
    ("Gemfile", "source 'plain'\nkey = '«value»'", ["key"]),
    ("a.php", "<?php define('API_KEY', '«value»'); const B = \"«more»\"; $k = '«last»';", ["API_KEY", "B", "k"]),
    ("a.php", "<?php return ['stripe' => ['secret' => '«value»'], 'plain'];", ["stripe.secret"]),
    ("a.php", "<?php class C { const D = '«first»'; private $e = '«second»'; function __construct(private $f = '«third»') {} }",
     ["C.D", "C.e", "f"]),
    ("a.php", "<?php $o->token = '«first»'; C::$s = '«second»'; f(apiKey: '«third»'); $a['k'] = \"«fourth»\";",
     ["o.token", "C.s", "apiKey", "a.k"]),
    ("a.sh", "export TOKEN=\"«value»\"; local a=«plain»; readonly b='«quoted»'\nKEY=«inline» cmd", ["TOKEN", "a", "b", "KEY"]),
    (".bashrc", "export TOKEN=«value»", ["TOKEN"]),
    ("run.sh.example", "TOKEN=«value»", ["TOKEN"]),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "names"), BINDINGS)
def test_literals_go_by_the_names_that_they_are_bound_to(check, path, text, names):
    assert reader_for(path) == "source"
    assert check("source", path, text, names=names).problem is None


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("a.js", "const key = process.env.STRIPE_KEY || '«value»'", "STRIPE_KEY"),
        ("a.js", "f({ key: process.env['STRIPE_KEY'] ?? '«value»' })", "STRIPE_KEY"),
        ("a.ts", "const key = import.meta.env.VITE_KEY || `«value»`", "VITE_KEY"),
        ("a.js", "const key = process.env.KEY ? process.env.KEY : '«value»'", "KEY"),
        ("a.js", "const f = (token = '«value»') => token", "token"),
        ("a.ts", "function f(token: string = '«value»') {}", "token"),
        ("a.go", 'package m\nvar k = getEnv("API_KEY", "«value»")', "API_KEY"),
        ("a.go", 'package m\nvar k = cmp.Or(os.Getenv("API_KEY"), "«value»")', "API_KEY"),
        ("A.java", 'class A { String k = System.getenv().getOrDefault("API_KEY", "«value»"); }', "API_KEY"),
        (
            "A.java",
            'class A { String k = Optional.ofNullable(System.getenv("API_KEY")).orElse("«value»"); }',
            "API_KEY",
        ),
        ("a.rb", "K = ENV['API_KEY'] || '«value»'", "API_KEY"),
        ("a.rb", "K = ENV.fetch('API_KEY', '«value»')", "API_KEY"),
        ("a.rb", "K = ENV.fetch('API_KEY') { '«value»' }", "API_KEY"),
        ("a.rb", "def f(token = '«value»'); end", "token"),
        ("a.php", "<?php return ['key' => env('API_KEY', '«value»')];", "API_KEY"),
        ("a.php", "<?php $k = getenv('API_KEY') ?: '«value»';", "API_KEY"),
        ("a.php", "<?php $k = $_ENV['API_KEY'] ?? '«value»';", "API_KEY"),
        ("a.php", "<?php function f($token = '«value»') {}", "token"),
        ("a.sh", "KEY=${API_KEY:-«value»}", "API_KEY"),
        ("a.sh", "KEY=${API_KEY:-«sk-value-1»}", "API_KEY"),
        ("a.js", "const key = process.env.API_KEY?.trim() || '«value»'", "API_KEY"),
        ("a.rb", "K = ENV['API_KEY'].presence || '«value»'", "API_KEY"),
        ("A.java", 'class A { String k = System.getenv("API_KEY") != null ? f() : "«value»"; }', "API_KEY"),
        ("a.js", "const key = process.env.API_KEY === undefined ? '«value»' : f()", "API_KEY"),
        ("a.js", "process.env.API_KEY ||= '«value»'", "process.env.API_KEY"),
        ("a.rb", "ENV['API_KEY'] ||= '«value»'", "ENV.API_KEY"),
        ("a.sh", 'export KEY="${API_KEY:=«value»}"', "API_KEY"),
    ],
)
def test_what_stands_in_for_a_missing_variable_is_a_default(check, path, text, name):
    facts = check("source", path, text, names=[name])
    assert facts.definitions[0].role is Role.DEFAULT


@pytest.mark.parametrize(
    ("path", "text", "variable"),
    [
        ("a.js", "process.env.TOKEN = '«value»'", "TOKEN"),
        ("a.go", 'package m\nfunc f() { os.Setenv("TOKEN", "«value»") }', "TOKEN"),
        ("a.rb", "ENV['TOKEN'] = '«value»'", "TOKEN"),
        ("a.php", "<?php $_ENV['TOKEN'] = '«value»';", "TOKEN"),
        ("a.sh", "export TOKEN=«value»", "TOKEN"),
        ("a.js", "config.TOKEN = '«value»'", None),
        ("a.js", "const key = process.env.NODE_ENV === '«production»' ? '«first»' : '«second»'", None),
    ],
)
def test_variables_that_a_program_sets_for_itself(check, path, text, variable):
    facts = check("source", path, text)
    assert [d.env for d in facts.definitions] == [variable] * len(facts.definitions)
    assert {d.role for d in facts.definitions} == {Role.PLAIN}


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("a.js", r"k = '«a\n\x41\u0042\u{43}\'»'", "a\nABC'"),
        ("a.js", "k = '«one' +\n  'two' + `three»`", "onetwothree"),
        ("a.js", "k = '«one\\\ntwo»'", "onetwo"),
        ("a.go", 'package m\nvar k = "«a\\t\\101»" + `«\\n»`', "a\tA\\n"),
        ("A.java", r'class A { String k = "«abc\u0041" + "b»"; }', "abcAb"),
        ("a.rb", "k = '«it\\'s \\n»'", "it's \\n"),
        ("a.rb", 'k = "«one" "two»"', "onetwo"),
        ("a.php", "<?php $k = '«it\\'s \\n' . \"\\x41»\";", "it's \\nA"),
        ("a.sh", "K=«one\"two\"'three»'", "onetwothree"),
        ("a.sh", 'K="«a\\$b\\nc»"', "a$b\\nc"),
        ("a.sh", "K=$'«aa\\nbb»'", "aa\nbb"),
    ],
)
def test_escapes_and_sums_are_resolved(path, text, value, everything, at):
    plain = text.replace("«", "").replace("»", "")
    (definition,) = read("source", plain, path, everything).definitions
    assert (definition.secret.reveal(), definition.contiguous) == (value, False)
    marked = text[text.index("«") : text.rindex("»") + 1]
    assert at(plain, definition.place) == marked.replace("«", "").replace("»", "")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.js", "f('«KEY1»'); // «KEY2»\nconst a = `x${y}«KEY3»${'«KEY4»'}`, b = x + '«KEY5»', c = /«KEY6»/"),
        ("a.js", "/* «KEY1» */ export default <p title='«KEY2»'>«KEY3»</p>"),
        ("a.ts", "type T = '«KEY1»'; let broken = ; ))) '«KEY2»' = {"),
        ("a.go", 'package m // «KEY1»\nimport "«KEY2»"\nfunc f() { g("«KEY3»", `«KEY4»`); x := y + "«KEY5»" }'),
        ("A.java", '/** «KEY1» */ class A { void f() { g("«KEY2»"); throw new E("«KEY3»" + x); } }'),
        ("a.rb", "# «KEY1»\nputs '«KEY2»'\nx = <<~E\n  «KEY3» #{y} «KEY4»\nE\nz = %w[«KEY5»]\n__END__\n«KEY6»\n"),
        (
            "a.php",
            "<p>«KEY1»</p>\n<?php echo '«KEY2»'; # «KEY3»\n$h = <<<EOT\n«KEY4» $x\nEOT;\n$z = \"$x «KEY5»\"; ?>\n«KEY6»",
        ),
        (
            "a.sh",
            '#!/bin/sh\n# «KEY1»\ncurl -H "Authorization: Bearer «KEY2»" --token=«KEY3» «KEY4»\ncat <<EOT\nX=«KEY5» $y\nEOT\n',
        ),
        ("a.sh", 'x="$(curl -u «KEY1»:x)" y="$z«KEY2»"'),
    ],
)
def test_a_key_anywhere_in_a_file_is_found_once(check, words, path, text):
    check("source", path, text, interest=words)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.js", "console.log('set TOKEN=«KEY1»' + x, `in ${y} «KEY2»`); throw new TypeError('TOKEN=«KEY3»')"),
        ("a.go", 'package m\nfunc f() { fmt.Println("set TOKEN=«KEY1»") }'),
        ("a.sh", "echo \"export TOKEN=«KEY1» $x\"; printf 'TOKEN=«KEY2»'\ncat <<E\nTOKEN=«KEY3»\nE\n"),
    ],
)
def test_what_is_shown_to_people_is_prose(check, words, path, text):
    facts = check("source", path, text, interest=words)
    assert {d.role for d in facts.definitions} == {Role.COMMENT}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.ts", "type A = STS.KEY1; let b: STS.KEY2 = c as STS.KEY3"),
        ("a.go", "package m\nvar a sts.KEY1"),
        ("A.java", "class A { sts.KEY1 a; }"),
    ],
)
def test_a_type_is_no_key(path, text, words):
    assert read("source", text, path, words).definitions == ()


def test_comments_are_comments_and_names_in_front_still_count(check, words):
    facts = check("source", "a.js", "// apiKey: '«KEY1»'\nf('Authorization: Bearer «KEY2»')", interest=words,
                  names=["apiKey", "Authorization"])  # fmt: skip
    assert [d.role for d in facts.definitions] == [Role.COMMENT, Role.PLAIN]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.js", "const key = `x${y}`, other = 'abc' + z, [i] = ['in'], k = f('argument'), r = /regex/"),
        ("a.js", "new Stripe('first_argument', { })"),
        ("a.js", "f('name', g('argument'))"),
        ("a.go", 'package m\nvar key = f("argument")'),
        ("a.sh", 'KEY="$OTHER"; X=$(cmd argument)'),
    ],
)
def test_what_is_computed_or_passed_on_goes_by_no_name(path, text, everything):
    assert read("source", text, path, everything).definitions == ()


def test_what_is_read_is_not_read_again_as_text():
    class Asked(list):
        def spans(self, name, text):
            self.append((name, text))
            return ()

    asked = Asked()
    read("source", "export TOKEN='one two'; OTHER=\"more text\"; THIRD=third", "a.sh", asked)
    assert [text for name, text in asked if name is not None] == ["one two", "more text", "third"]


@pytest.mark.parametrize("path", ["a.ts", "a.js", "A.java"])
def test_nul_is_a_blank(check, words, path):
    check("source", path, "\0a = '«KEY1»'\0<!--\0-->\0 '«KEY2»'", interest=words)


def test_text_beyond_ascii_moves_no_place(check):
    check("source", "a.js", "\ufeff// é 𝄞\nconst schlüssel = '«wörter𝄞»'; /* 😀 */ x = '«last»'")


@pytest.mark.parametrize(
    ("path", "text", "problem"),
    [
        ("a.js", "a = [" + "'KEY1'," * (MOST_CHARACTERS // 7) + "]", "larger than 1 MB"),
        ("a.js", "[" * (MOST_OPEN + 1), "nested deeper"),
        ("a.sh", "$(" * 100_000, "nested deeper"),
        ("a.php", "<?php " + "$(" * 100_000, "nested deeper"),
        ("a.php", "<?php " + "!" * 1_000, "not of the language"),
    ],
)
def test_bounds_are_said(path, text, problem, words):
    facts = read("source", text, path, words)
    assert facts.definitions == ()
    assert problem in facts.problem


@pytest.mark.parametrize("path", ["a.js", "a.tsx", "a.go", "A.java", "a.rb", "a.php", "a.sh"])
@pytest.mark.parametrize("unit", ["'a' + ", "a = ", "a ? b : ", "if (a) ", "- ", "a.b", "a == ", "`${'x'}`", "f(\n)"])
def test_long_chains_end(path, unit, words, honest):
    text = ("<?php " if path == "a.php" else "") + unit * 5_000 + "'KEY1'"
    honest(text, read("source", text, path, words).definitions)


_PIECES = st.sampled_from(
    [
        "'", '"', "`", "${", "}", "{", "(", ")", "[", "]", "=", ":", ",", ";", "+", ".", "\\", "\n", "\r\n", " ", "#{", "$",
        "//", "/*", "*/", "#", "<?php ", "?>", "<<E\n", "E\n", "<a b=", ">", "key", "const ", "var ", "def ", "class ", "KEY1",
        "KEYé", "=>", ":=", "||", "x", "é", "\u2028", "𝄞", "\0", "\ud800", "process.env.K", "ENV['K']", "getenv('K')", "f(",
        "%q(", "export ", "if ", "end\n", "package m\n", "\\u{110000}", "\\x4", "\\n", "'text'", '"text"',
    ]
)  # fmt: skip


@pytest.mark.parametrize("path", ["a.js", "a.ts", "a.tsx", "a.go", "A.java", "a.rb", "a.php", "a.sh"])
@settings(max_examples=60, deadline=None)
@given(pieces=st.lists(_PIECES, max_size=60))
def test_nothing_raises_and_every_place_holds(path, pieces, words, everything, honest):
    text = "".join(pieces)
    honest(text, read("source", text, path, everything).definitions)
    facts = read("source", text, path, words)
    honest(text, facts.definitions)
    assert len({d.place for d in facts.definitions}) == len(facts.definitions)
    # What stands at a dot is the name of a member, and no text.
    shown = "KEY1" in text and "KEY1." not in text and ".KEY1" not in text
    assert facts.problem is not None or not shown or facts.definitions


@pytest.mark.parametrize("path", ["a.js", "a.go", "A.java", "a.rb", "a.php", "a.sh"])
def test_random_values_come_back(path, everything):
    rng = random.Random(7)
    form = {"a.js": "k = {};", "a.go": "var k = {}", "A.java": "class A {{ String k = {}; }}", "a.rb": "k = {}",
            "a.php": "<?php $k = {};", "a.sh": "k={}"}[path]  # fmt: skip
    for _ in range(100):
        value = "".join(rng.choices("abcXYZ0189+/=_.-:@ ", k=rng.randint(4, 60)))
        (definition,) = read("source", form.format(f'"{value}"'), path, everything).definitions
        assert (definition.secret.reveal(), definition.name.rpartition(".")[2]) == (value, "k")


def test_a_text_that_sends_the_grammar_round_for_ever_is_given_up():
    garbage = (
        "[key%q(%q(t'\n<<<EOT\n?OT\nfunction &*/}var ]]export async //\"def \nx-->EOT;\nx&x.@;]]<<<EOT\n"
        "*${'{ /*#{//x<E\nf(%w[x:=EOT;\nif |)))*/"
    )
    assert parse(garbage, syntax_of("a.ts")) is None
