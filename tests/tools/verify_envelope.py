"""Verifies an envelope by a public key, with securesystemslib: verify_envelope.py ENVELOPE KEY"""

import json
import sys

from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey

envelope, key = sys.argv[1:]
with open(envelope, encoding="utf-8") as file:
    document = json.load(file)
with open(key, "rb") as file:
    public = load_pem_public_key(file.read())
keyid = document["signatures"][0]["keyid"]
trusted = SSlibKey.from_crypto(public, keyid=keyid)
verified = Envelope.from_dict(document).verify([trusted], 1)
print("verified", *verified)
