"""What holds for all tests."""

from hypothesis import settings

# Nothing is timed here: a slow machine is no defect.
settings.register_profile("keylint", deadline=None)
settings.load_profile("keylint")
