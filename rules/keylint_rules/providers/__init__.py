"""The built-in catalogue: one TOML file per provider."""
