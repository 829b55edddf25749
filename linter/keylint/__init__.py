"""keylint: which API calls will get "Invalid API Key", and why."""

__version__ = "0.1.0"
