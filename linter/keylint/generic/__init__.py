"""Secrets that no issuer's mark gives away: found by what they are bound to, judged by detect-secrets and by what surrounds them."""
