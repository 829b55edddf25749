"""Forms in which no sign stands between a name and its value, or no name at all: what is found, and what is none beside it."""

import hashlib
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.generic import commands, forms, tables, text
from keylint.generic.reading import secrets
from keylint.model import Confidence

sys.path.insert(0, str(Path(__file__).parent))
from shapes import VALUE, spelled

CHOSEN = "Tr4-" + "vkq9Wm"
SPOKEN = "Kaffee." + "Haus22"
PHRASE = "umber kettle " + "lantern orbit"
DIGEST = hashlib.md5(b"x", usedforsecurity=False).hexdigest()
SAID = "Kettle 47 orbit " + "Lantern!"


def filled(source: str) -> str:
    """Return a shape with its values: `<value>` looks random, `<chosen>` a person has made up."""
    for name, value in (("chosen", CHOSEN), ("spoken", SPOKEN), ("phrase", PHRASE), ("said", SAID), ("digest", DIGEST)):
        source = source.replace(f"<{name}>", value)
    return spelled(source)


FOUND = {
    "array of arguments": ("a.py", 'run(["tool", "--user", "bob", "--password", "<chosen>"])'),
    "array of a variable": ("a.py", 'cmd = [tool, "--token", "<value>"]'),
    "array over lines": ("a.js", 'spawn("x", [\n  "--user", "bob",\n  "--password",\n  "<chosen>",\n]);'),
    "arguments of a call": ("a.go", 'exec.Command("x", "--password", "<chosen>")'),
    "array of Java": ("A.java", 'class A { String[] c = new String[] {"x", "--password", "<chosen>"}; }'),
    "array, a short option": ("a.py", 'run(["sshpass", "-p", "<chosen>", "ssh", "example.com"])'),
    "array, a tight option": ("a.py", 'run(["mysql", "-u", "root", "-p<chosen>"])'),
    "array in JSON": ("a.json", '{"args": ["--password", "<chosen>"]}'),
    "array in JSON, over lines": ("a.json", '{"args": [\n  "--api-key",\n  "<value>"\n]}'),
    "array in TOML": ("a.toml", 'args = ["--password", "<chosen>"]'),
    "list in YAML": ("a.yaml", "args:\n  - --user\n  - bob\n  - --password\n  - <chosen>"),
    "list in YAML, in quotes": ("a.yaml", "args:\n- '--password'\n- \"<chosen>\"  # old"),
    "flow in YAML": ("a.yaml", 'args: ["--password", "<chosen>"]'),
    "flow in YAML without quotes": ("a.yaml", "args: [--password, <chosen>]"),
    "arguments of a container": (
        "deploy.yaml",
        "spec:\n  containers:\n    - name: x\n      args:\n        - --admin-password\n        - <chosen>",
    ),
    "exec form": ("Dockerfile", 'FROM x\nCMD ["redis-server", "--requirepass", "<chosen>"]'),
    "exec form of a command": ("Dockerfile", 'FROM x\nRUN ["mongosh", "-u", "bob", "-p", "<chosen>"]'),
    "default": ("a.sh", "X=${DB_PASSWORD:-<chosen>}"),
    "default that is set": ("a.sh", ": ${DB_PASSWORD:=<chosen>}"),
    "default of compose": ("compose.yml", "services:\n  db:\n    environment:\n      DB_PASSWORD: ${DB_PASSWORD:-<chosen>}"),
    "default of compose, a list": ("compose.yml", "services:\n  db:\n    environment:\n      - X=${DB_PASSWORD:-<chosen>}"),
    "default in an .env": (".env", "DB_PASSWORD=${DB_PASSWORD:-<chosen>}"),
    "default of an ARG": ("Dockerfile", "FROM x\nARG P=${DB_PASSWORD:-<chosen>}"),
    "default of Spring": ("application.properties", "spring.datasource.password=${DB_PASSWORD:<chosen>}"),
    "default of Spring in YAML": ("application.yml", "spring:\n  datasource:\n    password: ${DB_PASSWORD:<chosen>}"),
    "default of env": ("a.xml", "<c><password>${env.DB_PASSWORD:<chosen>}</password></c>"),
    "phrase": ("a.yaml", 'passphrase: "<phrase>"'),
    "phrase in an .env": (".env", 'PASSPHRASE="<phrase>"'),
    "phrase in INI": ("a.ini", 'passphrase = "<phrase>"'),
    "phrase in code": ("a.py", 'passphrase = "<phrase>"'),
    "phrase in a shell": ("a.sh", 'export GPG_PASSPHRASE="<phrase>"'),
    "words with a number": ("a.yaml", 'password: "<said>"'),
    "machine": (".netrc", "machine example.com login bob password <chosen>"),
    "machine over lines": ("_netrc", "machine example.com\n  login bob\n  password <chosen>"),
    "machine in a script": ("a.sh", 'echo "machine example.com login bob password <chosen>" > ~/.netrc'),
    "DSN of Go": ("a.go", 'db, err := sql.Open("mysql", "bob:<chosen>@tcp(db.example.com:3306)/shop")'),
    "DSN in YAML": ("a.yaml", "dsn: bob:<chosen>@tcp(db.example.com:3306)/shop"),
    "DSN by address": ("a.yaml", 'dsn: "bob:<chosen>@(db.example.com:3306)/shop"'),
    "DSN of a socket": (".env", "DSN=bob:<chosen>@unix(/tmp/mysql.sock)/shop"),
    "ADO in code": ("a.cs", 'var c = "Server=x;User Id=bob;Password=<chosen>;";'),
    "ODBC in JSON": ("a.json", '{"ConnectionStrings": {"Default": "Server=x;Uid=bob;Pwd=<chosen>;"}}'),
    "JDBC": ("a.yaml", "url: jdbc:mysql://x/y?user=bob&password=<chosen>"),
    "thin Oracle": ("A.java", 'class A { String u = "jdbc:oracle:thin:bob/<chosen>@db.example.com:1521:orcl"; }'),
    "dollar in a URL": ("a.yaml", "url: postgres://bob:Kaf$fee22xQ@db.example.com/x"),
    "slash in a URL": ("a.yaml", "url: postgres://bob:Kaf/fee22xQ@db.example.com/x"),
    "brace in a password": ("a.yaml", 'password: "Tr4-vkq${9Wm"'),
    "table of Markdown": ("README.md", "| User | Password |\n|------|----------|\n| bob  | <chosen> |"),
    "table of keys": ("README.md", "| Service | API key |\n|---|---|\n| maps | `<value>` |"),
    "table without borders": ("README.md", "User | Password\n--- | ---\nbob | <chosen>"),
    "CSV": ("users.csv", "user,password,mail\nbob,<chosen>,bob@example.com"),
    "CSV in quotes": ("users.csv", '"user","password"\n"bob","<chosen>"'),
    "CSV with semicolons": ("users.csv", "Login;Passwort\nbob;<chosen>"),
    "TSV": ("users.tsv", "user\tpassword\nbob\t<chosen>"),
    "CSV of a console": ("credentials.csv", "User name,Secret access key\nbob,<value>"),
    "SQL, a row": ("a.sql", "INSERT INTO users (name, password) VALUES ('bob', '<chosen>');"),
    "SQL, later rows": (
        "a.sql",
        "insert into users(id, name, password) values\n (1, 'ann', NULL),\n (2, 'bo''b', '<chosen>');",
    ),
    "SQL in a string": ("a.py", "run(\"INSERT INTO users (name, password) VALUES ('bob', '<chosen>')\")"),
    "requirepass": ("redis.conf", "port 6379\nrequirepass <chosen>"),
    "masterauth": ("redis.conf", 'masterauth "<chosen>"'),
    "ACL of redis": ("redis.conf", "user bob on ~* +@all\nuser ann on ><chosen> ~* +@all"),
    "auth_pass": ("keepalived.conf", "vrrp_instance x {\n  authentication {\n    auth_pass <chosen>\n  }\n}"),
    "bindpw": ("ldap.conf", "binddn cn=bob\nbindpw <chosen>"),
    "insecure-password": ("haproxy.cfg", "userlist x\n  user bob insecure-password <chosen>"),
    "stats auth": ("haproxy.cfg", "listen x\n  stats auth bob:<chosen>"),
    "password alone": ("bridge.conf", "username bob\npassword <chosen>"),
    "SetEnv": (".htaccess", "SetEnv DB_PASSWORD <chosen>"),
    "parameter of nginx": ("nginx.conf", "location / {\n  fastcgi_param DB_PASSWORD <chosen>;\n}"),
    "header of nginx": ("nginx.conf", "location / {\n  proxy_set_header X-Api-Key <value>;\n}"),
    "fish": ("a.fish", "set -gx DB_PASSWORD <chosen>"),
    "csh": ("a.csh", "setenv DB_PASSWORD <chosen>"),
    "place in pgpass": (".pgpass", "db.example.com:5432:shop:bob:<chosen>"),
    "place in sasl_passwd": ("sasl_passwd", "[smtp.example.com]:587 bob:<chosen>"),
    "place in chap-secrets": ("ppp/chap-secrets", "bob * <chosen> *"),
    "wifi": ("wpa_supplicant.conf", 'network={\n ssid="x"\n psk="<chosen>"\n}'),
    "property list": ("Info.plist", "<plist><dict><key>ApiKey</key><string><value></string></dict></plist>"),
    "property list in text": ("notes.txt", "<key>ApiKey</key>\n<string><value></string>"),
    "anchor": ("a.yaml", "defaults: &db_password <chosen>\nother: *db_password"),
    "anchor of an element": ("a.yaml", "x:\n  - &db_password '<chosen>'"),
    "dotted in a shell": ("a.sh", "export DB_PASSWORD=<spoken>"),
    "dotted in a log": ("a.log", "2026-01-01 INFO login user=bob password=<spoken> ok"),
    "secret of CSRF": ("a.yaml", "csrf_secret: <value>"),
    "key of CSRF": ("settings.py", 'WTF_CSRF_SECRET_KEY = "<value>"'),
    "keytool": ("a.sh", "keytool -genkey -keystore x -storepass <chosen>"),
    "az": ("a.sh", "az login --service-principal -u bob -p <chosen>"),
    "podman": ("a.sh", "podman login -u bob -p <chosen> registry.example.com"),
    "ldapsearch": ("a.sh", "ldapsearch -x -D cn=admin -w <chosen> -b dc=x"),
    "openssl": ("a.sh", "openssl rsa -passin pass:<chosen> -in x.pem"),
    "openssl enc": ("a.sh", "openssl enc -aes-256-cbc -k <chosen> -in x"),
    "zip": ("a.sh", "zip -r -P <chosen> x.zip x"),
    "7z": ("a.sh", "7z a -p<chosen> x.7z x"),
    "chpasswd": ("a.sh", 'echo "bob:<chosen>" | chpasswd'),
    "chpasswd in a container": ("Dockerfile", "FROM x\nRUN useradd bob && echo 'bob:<chosen>' | chpasswd"),
    "chpasswd from a string": ("a.sh", "chpasswd <<< 'bob:<chosen>'"),
    "passwd": ("a.sh", "echo <chosen> | passwd --stdin bob"),
    "sudo": ("a.sh", "echo '<chosen>' | sudo -S apt-get update"),
    "docker, piped": ("a.sh", "echo <chosen> | docker login -u bob --password-stdin"),
    "curl, tight": ("a.sh", "curl -s -ubob:<chosen> https://example.com/"),
    "htpasswd": ("a.sh", "htpasswd -bc .htpasswd bob <chosen>"),
    "htpasswd to the output": ("a.sh", "htpasswd -nb bob <chosen> > users"),
    "mongo": ("a.sh", "mongosh -u bob -p <chosen> shop"),
    "smbclient": ("a.sh", "smbclient //x/y -U 'bob%<chosen>'"),
    "rabbitmqctl": ("a.sh", "rabbitmqctl add_user bob <chosen>"),
    "net user": ("a.bat", "net user bob <chosen> /add"),
    "net use": ("a.bat", "net use Z: \\\\x\\y /user:bob <chosen>"),
    "snmpwalk": ("a.sh", "snmpwalk -v3 -u bob -A <chosen> x"),
    "ipmitool": ("a.sh", "ipmitool -H x -U bob -P <chosen> power"),
    "lftp": ("a.sh", "lftp -u bob,<chosen> ftp.example.com"),
    "sqlcmd": ("a.sh", "sqlcmd -S x -U sa -P <chosen>"),
    "sqlplus": ("a.sh", "sqlplus bob/<chosen>@db.example.com/orcl"),
    "plink": ("a.bat", "plink -ssh -pw <chosen> bob@example.com"),
    "vault": ("a.sh", "vault login <value>"),
    "npm": ("a.sh", "npm config set //registry.example.com/:_authToken <value>"),
    "aws": ("a.sh", "aws configure set aws_secret_access_key <value>"),
    "twine": ("a.sh", "twine upload -u bob -p <chosen> dist/*"),
    "mc": ("a.sh", "mc alias set x https://minio.example.com bob <chosen>"),
    "wpa_passphrase": ("a.sh", "wpa_passphrase net <chosen>"),
    "setx": ("a.bat", "setx DB_PASSWORD <chosen>"),
    "user-secrets": ("a.sh", 'dotnet user-secrets set "Db:Password" "<chosen>"'),
    "keychain": ("a.sh", 'security unlock-keychain -p "<chosen>" build.keychain'),
    "keytool, imported": ("a.sh", "keytool -importkeystore -srcstorepass <chosen> -srckeystore x"),
    "kickstart": ("ks.cfg", "rootpw --plaintext <chosen>"),
    "preseed": ("preseed.cfg", "d-i passwd/root-password password <chosen>"),
    "bold": ("README.md", "- **Password:** <chosen>"),
    "short name": ("a.txt", "pw=<chosen>"),
    "string of SQL Server": ("a.txt", "ALTER LOGIN sa WITH PASSWORD = N'<chosen>';"),
    "parameter of Bicep": ("a.bicep", "param adminPassword string = '<chosen>'"),
    "pair": ("a.yaml", "auth: bob:<chosen>"),
    "parameter that is described": (
        "cloudformation.yaml", "Parameters:\n  DbPassword:\n    Type: String\n    NoEcho: true\n    Default: <chosen>"
    ),
    "parameter in JSON": ("stack.json", '{"Parameters": {"DbPassword": {"Type": "String", "Default": "<chosen>"}}}'),
    "default in a template": ("a.j2", "x={{ db_password | default('<chosen>') }}"),
    "default of a lookup": ("a.yaml", "db_password: \"{{ lookup('env', 'P') | default('<chosen>', true) }}\""),
    "command of a workflow": (".github/workflows/a.yml", "jobs:\n  a:\n    steps:\n      - run: zip -P <chosen> x.zip x"),
    "command in Markdown": ("README.md", "```sh\nsshpass -p <chosen> ssh example.com\n```"),
}  # fmt: skip
"""File and text; in each one value is to be found."""

QUIET = {
    "array of names": ("a.py", 'run(["tool", "--password", "PASSWORD", "--token", "token_file"])'),
    "array of options": ("a.py", 'OPTIONS = ["--password", "--token", "--api-key"]'),
    "options that are declared": ("a.py", 'parser.add_argument("--password", "-p1x9Qz7v")\nf.option("--token", "q7Vb2mZx9L")'),
    "array with help": ("a.js", 'f.option("--password <pw>", "The password of 1 user");\nx(["--password", "a word 4 you"])'),
    "array with a reference": ("a.yaml", 'args: ["--password", "$(DB_PASSWORD)", "--token", "{{ token }}"]'),
    "list of options": ("a.yaml", "args:\n  - --password\n  - --token\n  - $(TOKEN)"),
    "list with a reference": ("a.yaml", "args:\n  - --password\n  - ${PASSWORD}"),
    "exec form with a reference": ("Dockerfile", 'FROM x\nCMD ["redis-server", "--requirepass", "$PASSWORD"]'),
    "default that is a word": ("compose.yml", "services:\n  db:\n    environment:\n      - X=${DB_PASSWORD:-postgres}"),
    "default that is a sample": ("a.sh", "X=${DB_PASSWORD:-changeme} Y=${DB_PASSWORD:-} Z=${DB_PASSWORD:?is missing}"),
    "default that is a reference": ("application.yml", "password: ${DB_PASSWORD:${OTHER_PASSWORD:}}"),
    "default of something else": ("a.sh", "X=${DB_HOST:-db-17.example.com} Y=${TOKEN_FILE:-/run/token9}"),
    "label": ("a.yaml", 'password: "Enter your password"\npassphrase: "The passphrase of your key"'),
    "message": ("a.yaml", 'password: "at least 8 characters, 1 digit"\npassphrase: "passphrase must not be empty"'),
    "words without quotes": ("a.yaml", "passphrase: umber kettle lantern orbit\npassword: Kettle 47 orbit Lantern"),
    "words of another name": ("a.yaml", 'title: "umber kettle lantern orbit"\ntoken: "umber kettle lantern orbit"'),
    "words in documentation": ("README.md", 'passphrase = "umber kettle lantern orbit"'),
    "machine of a template": ("a.sh", 'echo "machine example.com login $USER password $PASSWORD" > ~/.netrc'),
    "machine in a sentence": ("a.txt", "Of each machine login name and password are asked, default login is by password only."),
    "DSN of a template": ("a.go", 'dsn := fmt.Sprintf("%s:%s@tcp(%s:3306)/shop", user, password, host)'),
    "DSN that a service is shipped with": ("a.yaml", "dsn: gorm:gorm@tcp(db:3306)/gorm"),
    "DSN of a reference": ("a.yaml", "dsn: bob:${PASSWORD}@tcp(db:3306)/shop"),
    "variable in a URL": ("a.sh", "psql postgres://bob:$PASSWORD@db.example.com/x"),
    "thin Oracle of a reference": ("a.yaml", "url: jdbc:oracle:thin:bob/${PASSWORD}@db.example.com:1521:orcl"),
    "braces in a password": ("a.yaml", 'password: "Tr4${SUFFIX}"'),
    "table of options": (
        "README.md",
        "| Name | Password | Token |\n|---|---|---|\n| a | required | `string` |\n| b | yes | `--token` |\n"
        "| c | `$PASSWORD` | `<token>` |",
    ),
    "table of features": ("README.md", "| Tool | Password manager |\n|---|---|\n| x | <chosen> |"),
    "table of types": ("README.md", "| Key | Description |\n|---|---|\n| `retry2` | how often |"),
    "no table": ("README.md", "a | password\nb | <chosen>"),
    "list of common passwords": ("common.csv", "rank,password\n1,<chosen>\n2,dragon9Q"),
    "tokens of a text": ("words.csv", "host,token\nx,<value>"),
    "digests": ("users.csv", "user,password\nbob,<digest>"),
    "SQL, digests and references": (
        "a.sql",
        "INSERT INTO users (name, password) VALUES\n('bob', '<digest>'), ('ann', @password), ('x', MD5('y'));",
    ),
    "SQL, another column": ("a.sql", "INSERT INTO users (password, name) VALUES (NULL, '<chosen>');"),
    "SQL, parameters": ("a.py", 'run("INSERT INTO users (name, password) VALUES (%s, %s)", row)'),
    "directive in a sentence": ("redis.conf", "# The requirepass option is old.\n# requirepass\n"),
    "directive with a reference": ("redis.conf", "requirepass ${PASSWORD}\nmasterauth %password%"),
    "words alone": ("a.conf", "password required\npassword optional_reset\ntoken lifetime\nauth password"),
    "files alone": ("a.conf", "password_file /etc/x9\npassword /run/secrets/x9\nkey server9.pem"),
    "lines of prose": ("a.txt", "password <chosen>\nthe token of <value>"),
    "variables of nginx": ("nginx.conf", "proxy_set_header X-Api-Key $http_x_api_key;\nfastcgi_param DB_PASSWORD $password;"),
    "place of a star": (".pgpass", "# host:port:db:user:<chosen>\ndb:5432:shop:bob:${PASSWORD}"),
    "anchor of a mapping": ("a.yaml", "x: &password\n  a: 1\ny: &token !vault x\nz: &secret {a: b}"),
    "conjunction": ("a.yaml", "x: salt &pepper token"),
    "attribute in prose": ("README.md", "password=config.value2\npassword: settings.value2"),
    "token of CSRF": ("a.yaml", "csrf_token: <value>\nxsrf-token: <value>"),
    "options of other commands": ("a.sh", "mkdir -p <chosen>\nssh -p <chosen> x\ngrep -w <chosen> x\ncp -P <chosen> x"),
    "references of commands": (
        "a.sh",
        "zip -P $PASSWORD x.zip x\nldapsearch -w \"$PW\" -b x\nopenssl rsa -passin pass:$PW\necho \"bob:$PW\" | chpasswd\n"
        "htpasswd -bc x bob $PW\nmongosh -p \"$PW\"\nmysql -p\"$PW\" x\necho $PW | docker login --password-stdin\n"
        "net user bob * /add\nsqlplus bob/$PW@x\nvault login $TOKEN\nsshpass -p {{ password }} ssh x",
    ),
    "words of commands": (
        "README.md", "Use net user bob /delete, the vault login page, or zip -P with a password, mongo -p and docker login -p."
    ),
    "samples of commands": ("a.sh", "zip -P password x.zip x\nldapsearch -w secret -b x\nsshpass -p changeme ssh x"),
    "defaults that are words": (
        "a.yaml",
        "x: \"{{ db_password | default('postgres') }} {{ token | default('') }} {{ host | default('<chosen>') }}\"\n"
        "Parameters:\n  DbPassword:\n    Type: String\n    Default: postgres\n  Host:\n    Type: String\n    Default: <chosen>",
    ),
    "pairs of something else": ("a.yaml", "auth: oauth2:google\nauth: none:default_provider\nauth: https://<chosen>"),
    "ports of containers": ("a.sh", "docker run --link db:mongo -p 1337:1337 x\nmongo -p 27017\ndocker login -p 8080"),
    "what a service is shipped with": ("README.md", "sqlplus sales/sales@x\nsqlplus system/oracle@x\necho 'pi:pi' | chpasswd"),
    "lookup": ("page", 'var pass = document.getElementById("field7x").value;\npassword = get_secret("field7x")'),
    "selector": ("a.js", '$("#password:input").focus(); const x = ["passwd:gecos", "token:x"];'),
    "padding": ("vocabulary", "JeW3puWPsw== 179782\nJeW3puWPpwd== 1797821"),
    "a name in a name": ("a.sh", "gunzip -P <chosen> x\n./my-zip -P <chosen> x\n$zip -P <chosen>"),
    "settings of something else": ("a.sh", "npm config set registry https://x9.example.com/\ngit config user.name <chosen>"),
}  # fmt: skip
"""File and text in which nothing is a secret, or none that the default reports."""


def found(path: str, source: str) -> list[str]:
    """Return what the default reports of a text."""
    return [d.secret.reveal() for d in secrets(path, source, lambda value: False) if d.confidence is not Confidence.LOW]


@pytest.mark.parametrize(("path", "source"), FOUND.values(), ids=FOUND)
def test_it_is_found_and_nothing_else(path: str, source: str) -> None:
    source = filled(source) + "\n"
    values = found(path, source)
    known = {VALUE, CHOSEN, SPOKEN, PHRASE, SAID, "Kaf$fee22xQ", "Kaf/fee22xQ", "Tr4-vkq${9Wm", f"bob:{CHOSEN}"}
    assert len(values) == 1
    assert values[0] in known
    assert values[0] in source


@pytest.mark.parametrize(("path", "source"), QUIET.values(), ids=QUIET)
def test_nothing_is_found(path: str, source: str) -> None:
    assert found(path, filled(source) + "\n") == []


@pytest.mark.parametrize(("path", "source"), FOUND.values(), ids=FOUND)
def test_a_variable_in_its_place_is_none(path: str, source: str) -> None:
    for name in ("value", "chosen", "spoken", "phrase", "said"):
        source = source.replace(f"<{name}>", "${OTHER_PASSWORD}")
    assert "${OTHER_PASSWORD}" not in found(path, source + "\n")


_PARTS = st.sampled_from(
    [
        "password", "token", "-p ", "--password", '", "', "['", "']", "- ", "\n", "\r\n", " ", "|", "|---|---|", ",", ";", "&",
        ":", "@tcp(", "${", ":-", "}", "zip -P ", "echo ", "| chpasswd", "INSERT INTO x (password) VALUES ('", "')", "<key>",
        "</key>", "<string>", "machine x login y password ", "requirepass ", "set -x ", VALUE, "\\", '"', "'", "\u0130",
        "\0", "mysql",
    ]
)  # fmt: skip


@given(st.one_of(st.text(max_size=200), st.lists(_PARTS, max_size=30).map("".join)))
def test_any_text(source: str) -> None:
    names = ("a.yaml", "a.csv", "a.conf", ".pgpass", "sasl_passwd", "chap-secrets")
    found = [*text.candidates(source), *commands.arrays(source), *forms.unsigned(source), *tables.markdown(source)]
    for candidate in (*found, *(c for name in names for c in forms.of_file(name, source))):
        assert 0 <= candidate.start < candidate.end <= len(source)
        assert source[candidate.start : candidate.end] == candidate.value
        assert candidate.name
