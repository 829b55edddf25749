"""Entries of the desktop's keyring (the extra `keyring`), for those who keep credentials there."""

from __future__ import annotations


class KeyringError(Exception):
    """There is no such entry, or no keyring; the message says what to do."""


def read(entry: str) -> str:
    """Return the text of the entry `SERVICE/USER`.

    Raises:
        KeyringError: it cannot be read.
    """
    service, slash, user = entry.partition("/")
    if not slash or not service or not user:
        raise KeyringError("an entry of the keyring is written keyring:SERVICE/USER")
    try:
        import keyring
        from keyring.errors import KeyringError as BackendError
    except ImportError:
        raise KeyringError("the keyring needs `pip install 'keylint[keyring]'`") from None
    try:
        value = keyring.get_password(service, user)
    except BackendError as error:
        raise KeyringError(f"the keyring cannot be opened ({type(error).__name__})") from None
    if value is None:
        raise KeyringError(f"the keyring has no entry for {service}/{user}")
    return value
