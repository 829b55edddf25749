"""A small web shop: payments, mail, an assistant and a release script."""
