"""The reference service of the protocol "keylint-status v1", and the conformance kit for any other one.

The service needs the extra `serve`; importing this package needs nothing.
"""
