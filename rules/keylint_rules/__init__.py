"""The rules that come with keylint, and their providers."""
