"""KL406."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Confidence, Definition, Key, OutcomeKind, Severity, Trace
from keylint.rule import Context, Example, Hit, Rule, answer, at, defects, in_prose, named, traces_from, upper_first
from keylint_rules.runtime import the_key


class WrongHost(Rule):
    """A key is sent to a host, region or project that it does not belong to.

    ## What it does
    Compares what a key says about itself (its project, region, account; whose key it is) with the URL that the call
    names, or with the setting that stands beside the key: `SUPABASE_URL`, `MAILCHIMP_SERVER_PREFIX`, `OPENAI_BASE_URL`.
    Beside it means in the same file, mapping or service, or in another layer of the same `.env` files. The checksum of
    a Supabase key covers the project, so a single URL proves that the key is another project's. Hosts that are nobody's
    own (proxies, gateways, `localhost`) and settings with several values say nothing.

    ## Why it matters
    Both values are right, only not together: the key of one project and the URL of another one were copied from two
    browser tabs. The service has never heard of this key.

    ## What to do
    Decide which of the two is meant, and copy the other one from the same page of the dashboard.
    """

    code = "KL406"
    severity = Severity.ERROR
    VALID = (
        Example(
            {
                ".env": """
                SUPABASE_URL=https://kvnrdqzwplmhtyxsbgfj.supabase.co
                SUPABASE_SECRET_KEY={fake:supabase-secret-key!project=kvnrdqzwplmhtyxsbgfj}
                """
            }
        ),
        # Another layer decides: production has a URL of its own.
        Example(
            {
                ".env": "SUPABASE_URL=https://wtqmbxhdzrkjpylnfvgs.supabase.co",
                ".env.production": """
                SUPABASE_URL=https://kvnrdqzwplmhtyxsbgfj.supabase.co
                SUPABASE_SECRET_KEY={fake:supabase-secret-key!project=kvnrdqzwplmhtyxsbgfj}
                """,
            }
        ),
        # Each service has its own project.
        Example(
            {
                "compose.yaml": """
                services:
                  web:
                    environment:
                      SUPABASE_URL: https://wtqmbxhdzrkjpylnfvgs.supabase.co
                  worker:
                    environment:
                      SUPABASE_SECRET_KEY: {fake:supabase-secret-key!project=kvnrdqzwplmhtyxsbgfj}
                """
            }
        ),
        # A local stack, and a domain of its own.
        Example(
            {
                ".env": """
                SUPABASE_URL=http://localhost:54321
                SUPABASE_SECRET_KEY={fake:supabase-secret-key!project=kvnrdqzwplmhtyxsbgfj}
                """,
                "web/.env": """
                SUPABASE_URL=https://api.example.com
                SUPABASE_SECRET_KEY={fake:supabase-secret-key#2!project=kvnrdqzwplmhtyxsbgfj}
                """,
            }
        ),
        # The key of a second project, under a name of its own.
        Example(
            {
                ".env": """
                SUPABASE_URL=https://kvnrdqzwplmhtyxsbgfj.supabase.co
                SUPABASE_SECRET_KEY={fake:supabase-secret-key!project=kvnrdqzwplmhtyxsbgfj}
                BILLING_SUPABASE_SECRET_KEY={fake:supabase-secret-key#2!project=wtqmbxhdzrkjpylnfvgs}
                """
            }
        ),
        Example(
            {
                ".env": """
                MAILCHIMP_API_KEY={fake:mailchimp-api-key!region=6}
                MAILCHIMP_SERVER_PREFIX=us6
                """,
                "settings.yaml": """
                staging:
                  MAILCHIMP_API_KEY: {fake:mailchimp-api-key#2!region=21}
                production:
                  MAILCHIMP_SERVER_PREFIX: us6
                """,
            }
        ),
        # The call takes its URL from somewhere else.
        Example(
            {
                ".env": """
                SUPABASE_URL=https://kvnrdqzwplmhtyxsbgfj.supabase.co
                SUPABASE_KEY={fake:supabase-secret-key!project=wtqmbxhdzrkjpylnfvgs}
                """,
                "db.py": """
                import os

                import supabase

                client = supabase.create_client(find_url(), os.environ["SUPABASE_KEY"])
                """,
            }
        ),
        # Another provider's key at that provider's host.
        Example(
            {
                ".env": """
                OPENAI_BASE_URL=https://api.groq.com/openai/v1
                OPENAI_API_KEY={fake:groq-api-key}
                """
            }
        ),
        """
        import openai

        client = openai.OpenAI(api_key="{fake:openai-project-key}", base_url="https://llm.example.com/v1")
        """,
    )
    INVALID = (
        Example(
            {
                ".env": """
                SUPABASE_URL=https://kvnrdqzwplmhtyxsbgfj.supabase.co
                SUPABASE_SECRET_KEY={fake:supabase-secret-key!project=wtqmbxhdzrkjpylnfvgs}
                """
            },
            expect=(("KL406", ".env", 2),),
        ),
        Example(
            {
                ".env": "SUPABASE_URL=https://kvnrdqzwplmhtyxsbgfj.supabase.co",
                ".env.production": "SUPABASE_SECRET_KEY={fake:supabase-secret-key!project=wtqmbxhdzrkjpylnfvgs}",
            },
            expect=(("KL406", ".env.production", 1),),
        ),
        Example(
            {
                ".env": """
                NEXT_PUBLIC_SUPABASE_URL=https://kvnrdqzwplmhtyxsbgfj.supabase.co
                NEXT_PUBLIC_SUPABASE_ANON_KEY={fake:supabase-legacy-jwt!project=wtqmbxhdzrkjpylnfvgs}
                """
            },
            expect=(("KL406", ".env", 2),),
        ),
        Example(
            {
                ".env": """
                SUPABASE_URL=https://kvnrdqzwplmhtyxsbgfj.supabase.co
                SUPABASE_KEY={fake:supabase-secret-key!project=wtqmbxhdzrkjpylnfvgs}
                """,
                "db.py": """
                import os

                import supabase

                client = supabase.create_client(os.environ["SUPABASE_URL"], os.environ["SUPABASE_KEY"])
                """,
            },
            expect=(("KL406", "db.py", 5),),
        ),
        Example(
            {
                ".env": """
                MAILCHIMP_API_KEY={fake:mailchimp-api-key!region=21}
                MAILCHIMP_SERVER_PREFIX=us6
                """,
                "settings.yaml": """
                mail:
                  MAILCHIMP_API_KEY: {fake:mailchimp-api-key#2!region=21}
                  MAILCHIMP_DC: us6
                """,
                "constants.py": """
                PLAID_ENV = "production"
                PLAID_ACCESS_TOKEN = "{fake:plaid-access-token}"
                """,
            },
            expect=(("KL406", ".env", 1), ("KL406", "constants.py", 2), ("KL406", "settings.yaml", 2)),
        ),
        Example(
            {
                "app.py": """
                import openai

                client = openai.OpenAI(api_key="{fake:openai-project-key}", base_url="https://api.groq.com/openai/v1")
                """
            },
            expect=(("KL406", "app.py", 3),),
        ),
        Example(
            {
                ".env": """
                OPENAI_BASE_URL=https://api.groq.com/openai/v1
                OPENAI_API_KEY={fake:openai-project-key}
                """,
                "app.py": """
                import openai

                client = openai.OpenAI()
                """,
            },
            expect=(("KL406", "app.py", 3),),
        ),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        if in_prose(definition) or traces_from(definition, key):
            return
        for defect in defects(definition, self.code):
            provider = key.provider if key is not None else None
            yield Hit(
                definition.place,
                f"{upper_first(named(key))} is sent where it does not belong ({defect.message}): "
                + (answer(provider) if defect.certain else "it may be refused"),
                confidence=Confidence.HIGH if defect.certain else Confidence.MEDIUM,
                severity=None if defect.certain else Severity.WARNING,
                help=f"Take both values from one place: either {definition.name or 'the key'} or the other one is wrong.",
            )

    def check_trace(self, trace: Trace, key: Key | None, context: Context) -> Iterator[Hit]:
        if trace.definition is None:
            return
        found = next(defects(trace.definition, self.code), None)
        fails = trace.outcome.cause == self.code
        likely = (
            found is not None
            and not found.certain
            and trace.outcome.kind is OutcomeKind.UNKNOWN
            and trace.use.host is None
        )
        if not fails and not likely:
            return
        why = f"it is no key for {trace.use.host}" if trace.use.host else found.message if found is not None else ""
        provider = key.provider if key is not None else None
        yield Hit(
            trace.use.place,
            f"{trace.use.sink} gets {the_key(trace, key)} ({why}): {answer(provider) if fails else 'it may be refused'}",
            confidence=Confidence.HIGH if fails else Confidence.MEDIUM,
            severity=None if fails else Severity.WARNING,
            help=f"Take both values from one place: either the key in {at(trace.definition.place)} or the URL is wrong.",
        )
