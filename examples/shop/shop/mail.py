"""Order confirmations."""

import os

from sendgrid import SendGridAPIClient
from sendgrid.helpers.mail import Mail

client = SendGridAPIClient(os.environ["SENDGRID_KEY"])


def confirm(address: str, order_id: str) -> None:
    client.send(Mail("shop@example.com", address, f"Your order {order_id}", "Thank you!"))
