"""Telling the team."""

from slack_sdk import WebClient

from shop import settings

slack = WebClient(token=settings.SLACK_BOT_TOKEN)


def sold_out(product: str) -> None:
    slack.chat_postMessage(channel="#stock", text=f"{product} is sold out")
