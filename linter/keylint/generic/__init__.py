"""Secrets without an issuer's mark: found by what they are bound to, judged by their look and by what surrounds them."""
