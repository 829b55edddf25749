"""KL409."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Key, Severity, Trace
from keylint.rule import Context, Example, Hit, Rule


class ReadBeforeLoaded(Rule):
    """A variable is read before the program loads the file that sets it.

    ## What it does
    Compares the place where a module, or an SDK that it imports, reads a variable with the calls of `load_dotenv()` and the
    like: both run when modules are imported, and the order of lines and imports decides. It speaks only where every
    such call comes later, and nothing else sets the variable.

    ## Why it matters
    The file is right and the name is right, and still there is no key. Some SDKs (ElevenLabs, Square, Intercom) read their
    variables when they are imported.

    ## What to do
    Load the file first: before the import of the modules that read variables, or as the first thing in the package.
    """

    code = "KL409"
    severity = Severity.WARNING
    VALID = (
        Example(
            {
                ".env": "ELEVENLABS_API_KEY={fake:elevenlabs-api-key}",
                "speak.py": """
                from dotenv import load_dotenv

                load_dotenv()

                from elevenlabs.client import ElevenLabs

                client = ElevenLabs()
                """,
            }
        ),
    )
    INVALID = (
        Example(
            {
                ".env": "ELEVENLABS_API_KEY={fake:elevenlabs-api-key}",
                "speak.py": """
                from dotenv import load_dotenv
                from elevenlabs.client import ElevenLabs

                load_dotenv()
                client = ElevenLabs()
                """,
            },
            expect=(("KL409", "speak.py", 5),),
        ),
        Example(
            {
                ".env": "SENDGRID_API_KEY={fake:sendgrid-api-key}",
                "settings.py": """
                import os

                KEY = os.environ.get("SENDGRID_API_KEY")
                """,
                "app.py": """
                from dotenv import load_dotenv
                from sendgrid import SendGridAPIClient

                from settings import KEY

                load_dotenv()
                client = SendGridAPIClient(KEY)
                """,
            },
            expect=(("KL409", "app.py", 7),),
        ),
    )

    def check_trace(self, trace: Trace, key: Key | None, context: Context) -> Iterator[Hit]:
        if trace.outcome.cause != self.code:
            return
        note = next((step.note for step in trace.steps if ", before " in step.note), "")
        effect = f" ({trace.outcome.reason})" if trace.outcome.reason else ""
        yield Hit(
            trace.use.place,
            f"{trace.use.sink} gets no key{effect}: {note}",
            help="Load the file of variables before what reads them is imported.",
        )
