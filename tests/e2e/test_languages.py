"""Programs in other languages than Python: what is found in them, and what is not."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Project = Callable[..., Path]
Runs = Callable[..., Any]

FOUND = {
    "pay.js": "const config = {\n  stripe: { secretKey: '{fake:stripe-secret-key-live}' },\n}\n",
    "chat.ts": "const key = process.env.OPENAI_API_KEY ??\n  '{fake:openai-project-key}'\n",
    "view.tsx": "// {fake:github-classic-pat}\nexport const A = () => <Chat apiKey='{fake:anthropic-api-key!truncated=5}'/>\n",
    "main.go": 'package main\n\nvar c = Config{Token: "{fake:github-classic-pat#2}"}\n',
    "App.java": 'class App {\n  Client c = Client.builder().apiKey("{fake:openai-project-key!truncated=3}").build();\n}\n',
    "app.rb": "Stripe.api_key = ENV.fetch('STRIPE_KEY') { '{fake:stripe-secret-key-live#2}' }\n",
    "config/services.php": "<?php return ['a' => [\n  'token' => env('GITHUB_TOKEN', '{fake:github-classic-pat#3}'),\n]];\n",
    "run.sh": "export OPENAI_API_KEY=your-api-key\ncurl -H 'Authorization: Bearer {fake:github-classic-pat#4}' https://x.com\n",
}
EXPECTED = {
    ("KL101", "pay.js", 2),
    ("KL103", "chat.ts", 2),
    ("KL101", "view.tsx", 1),
    ("KL201", "view.tsx", 2),
    ("KL101", "main.go", 3),
    ("KL201", "App.java", 2),
    ("KL103", "app.rb", 1),
    ("KL103", "config/services.php", 2),
    ("KL205", "run.sh", 1),
    ("KL101", "run.sh", 2),
}
FINE = {
    "names.ts": "export const NAMES = { OPENAI_API_KEY: 'OPENAI_API_KEY', key: 'STRIPE_SECRET_KEY' } as const\n",
    "env.d.ts": "interface Env { OPENAI_API_KEY: string; STRIPE_SECRET_KEY?: 'live' | 'test' }\n",
    "client.js": "const key = process.env.OPENAI_API_KEY || ''\nif (!key.startsWith('sk-')) fail('OPENAI_API_KEY: not set')\n",
    "template.js": "const url = `https://api.telegram.org/bot${token}/send`, auth = 'Bearer ' + key, k = `sk-proj-${id}`\n",
    "app.test.js": "const stripe = new Stripe('sk_test_123'), key = 'ghp_short'\n",
    "spec/app_spec.rb": "TOKEN = '{fake:github-classic-pat!truncated=4}'\n",
    "src/main.rb": "OPENAI_API_KEY = ENV['OPENAI_API_KEY']\nputs 'export OPENAI_API_KEY=...'\n",
    "usage.sh": "echo 'set OPENAI_API_KEY=sk-... first'\ncat <<EOT\n  OPENAI_API_KEY=your-key $0\nEOT\n",
    "build.sh": "OPENAI_API_KEY=dummy ANTHROPIC_API_KEY=not-needed npm run build\n",
    "jest.setup.js": "process.env.OPENAI_API_KEY = 'your-api-key'\n",
    "deploy.sh": 'export OPENAI_API_KEY="$1" GITHUB_TOKEN=$(cat token) STRIPE_SECRET_KEY=${STRIPE_SECRET_KEY:-}\n',
}


def test_what_is_found(project: Project, check: Runs) -> None:
    assert check(project(FOUND)).found == EXPECTED


def test_what_is_fine(project: Project, check: Runs) -> None:
    run = check(project(FINE))
    assert run.found == set()
    assert run.json["scan"]["complete"] is True


def test_a_key_in_pieces_is_one_key(project: Project, check: Runs) -> None:
    root = project({"a.js": "const token = '{fake:github-classic-pat}'\n"})
    whole = (root / "a.js").read_text("utf-8")
    at = whole.index("ghp_") + 4
    (root / "a.js").write_text(f"{whole[:at]}' +\n  '{whole[at:]}", "utf-8")
    (finding,) = check(root).json["findings"]
    assert (finding["code"], finding["line"], finding["end_line"]) == ("KL101", 1, 2)


def test_a_python_project_loads_no_grammar(project: Project, environ: dict[str, str]) -> None:
    root = project({"app.py": "TOKEN = '{fake:github-classic-pat}'\n", "a.js": "const a = 1\n"})
    code = (
        "import sys\nfrom keylint.cli import main\nsys.argv[1:] = ['.', '--no-cache']\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    assert end.code == 1, end.code\n"
        "assert not [name for name in sys.modules if name.startswith('tree_sitter')]\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
