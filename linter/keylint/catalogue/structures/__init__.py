"""Runs that carry structure: decoders that verify a run and read what it says about itself, one family per module."""

from __future__ import annotations

from keylint.catalogue.structures import (
    armour,
    aws,
    azure,
    dated_ids,
    documents,
    fly,
    gitlab,
    json_inside,
    jwt,
    jwt_issuers,
    nats,
    pypi,
    uuids,
    vault,
    wrapped,
)
from keylint.catalogue.structures.interface import Decoder, Reading, decode_base64, moment

__all__ = ["DECODERS", "Decoder", "Reading", "decode_base64", "moment"]

DECODERS: dict[str, Decoder] = {
    **jwt.DECODERS,
    **jwt_issuers.DECODERS,
    **pypi.DECODERS,
    **fly.DECODERS,
    **vault.DECODERS,
    **json_inside.DECODERS,
    **documents.DECODERS,
    **wrapped.DECODERS,
    **gitlab.DECODERS,
    **azure.DECODERS,
    **aws.DECODERS,
    **uuids.DECODERS,
    **dated_ids.DECODERS,
    **armour.DECODERS,
    **nats.DECODERS,
}
