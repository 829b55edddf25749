"""KL107."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Definition, Key, Severity
from keylint.rule import Context, Example, Hit, Rule
from keylint_rules.hardcoded import code_of, leak


class KeyInFrontEnd(Rule):
    """A secret key is shipped to the browser.

    ## What it does
    Reports secret keys in variables that a build tool copies into the program for the browser: `NEXT_PUBLIC_…`, `VITE_…`,
    `REACT_APP_…`, `VUE_APP_…`, `NUXT_PUBLIC_…`, `GATSBY_…`, `EXPO_PUBLIC_…`, and `PUBLIC_…` of `.env` files; and in source that
    is certain to be front end: Vue and Svelte components, Angular's environments, what lies in `public/`, `static/` or
    `app/assets/`. A git-ignored `.env` file is no excuse: the build ships what it says. Publishable keys are made for the
    browser and are left alone, and so is the anonymous role of Supabase.

    ## Why it matters
    Everybody who opens the page can read the key in the sources that the browser has loaded. Nobody has to see the
    repository.

    ## What to do
    Revoke the key: it is public as soon as the page is. Give the variable a name that the build tool does not ship, and
    make the call on the server; in the browser use the publishable key of the pair.

    ```
    STRIPE_SECRET_KEY=…
    NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY=…
    ```
    """

    code = "KL107"
    severity = Severity.ERROR
    VALID = (
        Example({".env": "NEXT_PUBLIC_STRIPE_KEY={fake:stripe-publishable-key-live}"}),
        Example({".env": "STRIPE_SECRET_KEY={fake:stripe-secret-key-live}\nNEXT_PUBLIC_URL=https://example.com"}),
        Example({".env.local": "VITE_MAPS_KEY={fake:google-api-key}\nPUBLIC_KEY={fake:stripe-secret-key-live}"}),
        Example({"server/pay.ts": "const key = '{fake:stripe-secret-key-live}'"}),
    )
    INVALID = (
        Example(
            {".env.local": "NEXT_PUBLIC_OPENAI_KEY={fake:openai-project-key}", ".gitignore": ".env*"},
            expect=(("KL107", ".env.local", 1),),
            git=True,
        ),
        Example(
            {
                "src/pay.ts": "const stripe = new Stripe(import.meta.env.VITE_STRIPE_KEY ?? '{fake:stripe-secret-key-live}')"
            },
            expect=(("KL107", "src/pay.ts", 1),),
        ),
        Example(
            {
                "src/Chat.vue": """
                <script setup>
                const key = "{fake:openai-project-key}"
                </script>
                """,
                "src/environments/environment.ts": "export const environment = { key: '{fake:github-classic-pat}' }",
                "public/app.js": "fetch(url, { headers: { Authorization: 'Bearer {fake:stripe-secret-key-live}' } })",
            },
            expect=(
                ("KL107", "src/Chat.vue", 2),
                ("KL107", "src/environments/environment.ts", 1),
                ("KL107", "public/app.js", 1),
            ),
        ),
        Example(
            {".env": "NEXT_PUBLIC_SUPABASE_KEY={fake:supabase-legacy-jwt}"},
            expect=(("KL107", ".env", 1),),
        ),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        if code_of(definition, key) == self.code:
            yield leak(definition, key, "is shipped to the browser", "let the server make the call with a new one")
