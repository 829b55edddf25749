"""What source files of other languages bind to names of credentials."""

import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.generic.code import read

sys.path.insert(0, str(Path(__file__).parent))
from shapes import FIRST, SECOND, SOURCE_FOUND, VALUE, spelled

_CREDENTIAL = re.compile(
    r"(?:\w+[.-])*\w*?(?:password|passwd|userpwd|api[_-]?key|access_?token|secret|secret_?key|token)s?", re.IGNORECASE
)


def wanted(name: str) -> bool:
    """A stand-in for the judge of names."""
    return _CREDENTIAL.fullmatch(name.replace("_stripe", "")) is not None


@pytest.mark.parametrize(
    ("path", "source"),
    [
        pytest.param(path, source, id=f"{path} {name}")
        for path, shapes in SOURCE_FOUND.items()
        for name, source in shapes.items()
    ],
)
def test_all_forms_are_found(path: str, source: str) -> None:
    source = spelled(source)
    [candidate] = read(source, path, wanted, bool).bound
    assert candidate.value == VALUE
    spelling = source[candidate.start : candidate.end]
    assert spelling == VALUE or (spelling.startswith(FIRST) and spelling.endswith(SECOND))


@pytest.mark.parametrize(
    ("path", "source", "name"),
    [
        ("a.js", 'x = { db: { password: "x1" } }', "db.password"),
        ("a.js", 'this.stripe["password"] = "x1"', "password"),
        ("a.js", 'apiKeys.stripe = "x1"', "apiKeys"),
        ("a.js", 'if (req.body.password.trim() === "x1") {}', "password"),
        ("a.js", 'if (user.getPassword() === "x1") {}', "Password"),
        ("a.java", '@Value("${db.password:x1}") class A {}', "db.password"),
        ("a.rb", 'x = { "db" => { password: "x1" } }', "db.password"),
        ("a.php", "<?php $x = ['db' => ['password' => 'x1']];", "db.password"),
        ("a.go", 'var x = map[string]string{"X-Secret": "x1"}', "X-Secret"),
        ("a.sh", "x=${PASSWORD:-x1}", "PASSWORD"),
        ("a.cs", 'this.Password = "x1";', "Password"),
        ("a.rs", 'let x = S { password: "x1".to_string() };', "password"),
        ("a.unknown", 'password: "x1"', "password"),
        ("a.js", 'cy.get("#password").type("x1")', "password"),
        ("a.js", 'await page.getByLabel("Password").fill("x1")', "Password"),
        ("a.js", 'xhr.setRequestHeader("X-Api-Secret", "x1")', "X-Api-Secret"),
        ("A.java", 'class A { { driver.findElement(By.id("password")).sendKeys("x1"); } }', "password"),
        ("A.java", 'class A { { DriverManager.getConnection(url, user, "x1"); } }', "password"),
        ("A.java", 'class A { { System.setProperty("db.password", "x1"); } }', "db.password"),
        ("a.go", 'package a\nvar c = url.UserPassword("bob", "x1")', "auth"),
        ("a.go", 'package a\nfunc f() { os.Setenv("API_KEY", "x1") }', "API_KEY"),
        ("a.go", 'package a\nfunc f() { r.Header.Set("X-Api-Secret", "x1") }', "X-Api-Secret"),
        ("a.php", '<?php new PDO($dsn, "bob", "x1");', "password"),
        ("a.php", '<?php curl_setopt($c, CURLOPT_USERPWD, "bob:x1");', "CURLOPT_USERPWD"),
        ("a.cpp", 'mysql_real_connect(c, "host", "bob", "x1", "db", 0, NULL, 0);', "password"),
        ("a.cs", 'h.Authorization = new AuthenticationHeaderValue("Bearer", "x1");', "Authorization"),
        ("a.swift", 'r.setValue("x1", forHTTPHeaderField: "X-Api-Secret")', "X-Api-Secret"),
        ("a.dart", 'auth.signInWithEmailAndPassword("a@b.example", "x1")', "auth"),
        ("a.ps1", '$env:API_KEY = "x1"', "API_KEY"),
    ],
)
def test_names(path: str, source: str, name: str) -> None:
    assert [(c.name, c.value) for c in read(source, path, wanted, bool).bound] == [(name, "x1")]


@pytest.mark.parametrize(
    ("path", "source", "values"),
    [
        ("a.js", "const apiKeys = ['k1', 'k2'];", ["k1", "k2"]),
        ("a.js", 'const password = live ? "a" : "b";', ["a", "b"]),
        ("a.js", r"const secret = 'a\x41\n';", ["aA\n"]),
        ("a.go", 'var apiKeys = []string{"k1", "k2"}', ["k1", "k2"]),
        ("a.cs", 'string[] apiKeys = new string[] { "k1", "k2" };', ["k1", "k2"]),
        ("a.cs", 'var password = live ? "a" : "b";', ["a", "b"]),
        ("a.kt", 'val apiKeys = listOf("k1", "k2")', ["k1", "k2"]),
        ("a.rs", r'let secret = "a\x41\n";', ["aA\n"]),
        ("a.sh", "API_KEYS=('k1' k2)", ["k1", "k2"]),
    ],
)
def test_values(path: str, source: str, values: list[str]) -> None:
    assert [c.value for c in read(source, path, wanted, bool).bound] == values


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("a.js", '// const password = "x1"\n/* apiKey: "x1" */'),
        ("a.js", 'const password = getSecret("prod/db");'),
        ("a.js", 'const password = await prompt("Password: ");'),
        ("a.js", 'console.log("password", "is wrong");'),
        ("a.js", 'throw new Error("password");'),
        ("a.js", "const password = `${a}-${b}`;"),
        ("a.js", 'const token = "a" + b;'),
        ("a.js", 'const x = { ["password"]: y, password, token: { type: "x" } };'),
        ("a.js", 'const tokens = { root: [["a+", "b"], ["c"]] };'),
        ("a.js", 'const headers = { Authorization: "Bearer " + token };'),
        ("a.js", 'const x = /password = "x1"/;'),
        ("a.ts", 'type A = { password: "x1" };'),
        ("a.go", 'package a // password := "x1"'),
        ("a.java", 'class A { String password = vault.read("a"); }'),
        ("a.rb", '# password = "x1"\npassword = fetch_secret("a")'),
        ("a.php", "<?php // $password = 'x1';\n$password = read('a');"),
        ("a.sh", '# PASSWORD=x1\nPASSWORD=$(cat file)\nPASSWORD="$OTHER"\necho password "x1"'),
        ("a.cs", '// var password = "x1";\nvar password = Read("a");'),
        ("a.cs", 'var x = password ? "a" : "b"; Log("password", "is wrong");'),
        ("a.cs", 'string[] x = { "password", "a", "b" };'),
        ("a.rs", '// let password = "x1";\nlet password = read("a")?; println!("password", "x");'),
        ("a.kt", 'val password = "${a}-$b"\nval x = "password"\nval y = "z"'),
        ("a.c", '/* password = "x1" */ printf("password: %s", "x1");'),
        ("a.lua", '-- password = "x1"\nlocal x = "password"'),
        ("a.sql", "-- password = 'x1'\nSELECT 'password', 'x1'"),
        (
            "a.vue",
            ['<input :password="form.password" name="password" value="{{ x }}">', '-- <a password="x"> -->'][0],
        ),
        ("a.ps1", '$password = Read-Host "Password"'),
        ("a.js", 'cy.get("#name").type("x1"); page.fill("x1"); cy.type("#password", x)'),
        ("a.js", 'new PDO(dsn, "bob"); socket.connect("host", "bob", "x1")'),
        ("a.cpp", 'mysql_real_connect(c, "host", "x1", password);'),
        ("a.cs", 'new AuthenticationHeaderValue("Bearer", token);'),
        ("a.swift", 'r.setValue("x1", forHTTPHeaderField: "Accept")'),
    ],
)
def test_what_is_not_bound(path: str, source: str) -> None:
    assert read(source, path, wanted, bool).bound == []


@pytest.mark.parametrize(
    ("path", "source", "values"),
    [
        ("a.js", 'f("a", `b${c}d`) // "e"', ["a", "b", "d"]),
        ("a.rs", 'f("a", r#"b"#) // "e"', ["a", "b"]),
        ("a.sh", "f 'a' b  # 'c'", ["a"]),
        ("a.vue", '<p>a</p><script>\nf("b") // "c"\n</script>d', ["<p>a</p><script>", "b", "</script>d"]),
        ("a.cpp", 'f(u8"a", R"x(b)x", \'c\') /* "e" */', ["a", "b"]),
    ],
)
def test_literals(path: str, source: str, values: list[str]) -> None:
    found = read(source, path, wanted, bool).literals
    assert [value for _, _, value in found] == values
    assert [source[start:end] for start, end, _ in found] == values


@pytest.mark.parametrize("path", ["a.js", "a.go", "a.rs", "a.cs", "a.php"])
def test_comments(path: str) -> None:
    source = ("<?php $" if path == "a.php" else "") + 'x = "// no"; // yes\n/* also */'
    assert [source[start:end].strip() for start, end in read(source, path, wanted, bool).comments] == [
        "// yes",
        "/* also */",
    ]


@pytest.mark.parametrize("path", ["a.js", "a.go", "a.rb", "a.sh", "a.cs", "a.rs", "a.cpp", "a.ps1", "a.html"])
@pytest.mark.parametrize(
    "source",
    [
        "",
        "password = '",
        '("a", ' * 2_000,
        "get(a, " * 2_000 + '"x")',
        "(" * 5_000,
        "password = " + " + ".join(["'a'"] * 3_000),
        "a ? b : " * 2_000 + '"x"',
        '"""' * 1_001,
        "\0'\ud800\"\u2028",
        "<script>" * 2_000,
    ],
)
def test_hostile_text(path: str, source: str) -> None:
    for candidate in read(source, path, wanted, bool).bound:
        assert 0 <= candidate.start <= candidate.end <= len(source)


_PLAIN = st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\"'\\`${}#@%"), min_size=1)
_WIDE = st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="*/"), max_size=8)


@given(
    st.sampled_from(["a.js", "a.ts", "a.go", "a.java", "a.cs", "a.rs", "a.kt", "a.c", "a.swift"]),
    _WIDE,
    _PLAIN,
    st.sampled_from("\n\r"),
)
def test_a_span_is_where_the_value_stands(path: str, wide: str, value: str, end: str) -> None:
    statement = f'password = "{value}";'
    body = {"a.go": f"package a\nvar {statement}", "a.java": f"class A {{ String {statement} }}"}.get(
        path, f"var {statement}"
    )
    source = f"/* {wide} */{end}{body}{end}"
    found = read(source, path, wanted, bool).bound
    assert all(source[c.start : c.end] == c.value for c in found)
    assert [c.value for c in found] == ([value] if value.strip() else [])


@given(
    st.sampled_from(["a.js", "a.rb", "a.php", "a.sh", "a.cs", "a.pl", "a.ps1", "a.sql", "a.vue", "a.x"]),
    st.text("password=\"'\\\n(){}[]:,<>+#$@-`;?|é ", max_size=60),
)
def test_nothing_raises(path: str, text: str) -> None:
    contents = read(text, path, wanted, bool)
    for candidate in contents.bound:
        assert 0 <= candidate.start <= candidate.end <= len(text)
    for start, end, _ in contents.literals:
        assert 0 <= start <= end <= len(text)
