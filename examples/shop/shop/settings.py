"""All that the shop reads from its environment."""

import os

STRIPE_SECRET_KEY = os.environ["STRIPE_SECRET_KEY"]
OPENAI_API_KEY = os.environ["OPENAI_API_KEY"]
SLACK_BOT_TOKEN = os.getenv("SLACK_BOT_TOKEN")
SENTRY_TOKEN = os.getenv("SENTRY_AUTH_TOKEN", "")
