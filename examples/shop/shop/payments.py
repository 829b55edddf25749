"""Charging cards."""

import stripe

from shop import settings

stripe.api_key = settings.STRIPE_SECRET_KEY


def charge(order_id: str, cents: int, card: str) -> str:
    intent = stripe.PaymentIntent.create(
        amount=cents, currency="eur", payment_method=card, confirm=True, metadata={"order": order_id}
    )
    return intent.id
