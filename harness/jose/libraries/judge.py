"""Tokens in the eyes of jwcrypto: a request on standard input, the answer on standard output. README.md has both forms."""
import json
import sys
import time

from jwcrypto import jwk, jws, jwt
from jwcrypto.common import base64url_encode, json_decode

KINDS = {
    "RS256": {"kty": "RSA", "size": 2048},
    "RS384": {"kty": "RSA", "size": 2048},
    "RS512": {"kty": "RSA", "size": 2048},
    "PS256": {"kty": "RSA", "size": 2048},
    "ES256": {"kty": "EC", "crv": "P-256"},
    "ES384": {"kty": "EC", "crv": "P-384"},
    "EdDSA": {"kty": "OKP", "crv": "Ed25519"},
}


def judge(case, request):
    said = {"signed": False, "taken": False, "payload": "", "claims": "", "why": ""}
    keys = jwk.JWKSet.from_json(json.dumps(case["keys"]))
    # Whatever it throws at a token is a refusal; the words go into the test's messages.
    try:
        seen = jws.JWS()
        seen.allowed_algs = [case["algorithm"]]
        seen.deserialize(case["token"])
        seen.verify(keys)
        said["signed"] = True
        said["payload"] = base64url_encode(seen.payload)
        said["claims"] = json.dumps(json_decode(seen.payload))
    except Exception as error:
        said["why"] = f"{type(error).__name__}: {error}"
    try:
        # Once for what has to be there, and once as it comes: named claims take the place of the check of nbf.
        wanted = {"iss": request["issuer"], "aud": request["audience"], "exp": None, "iat": None, "sub": None}
        for claims in (wanted, None):
            token = jwt.JWT(algs=[case["algorithm"]], expected_type="JWS", strict_serialization=True, check_claims=claims)
            token.leeway = 0
            token.deserialize(case["token"], keys)
        said["taken"] = True
    except Exception as error:
        said["why"] = said["why"] or f"{type(error).__name__}: {error}"
    return said


def make(algorithm, claims):
    key = jwk.JWK.generate(kid="jwcrypto " + algorithm, alg=algorithm, use="sig", **KINDS[algorithm])
    token = jwt.JWT(header={"alg": algorithm, "typ": "at+jwt", "kid": key["kid"]}, claims=claims)
    token.make_signed_token(key)
    return {"algorithm": algorithm, "keys": {"keys": [key.export_public(as_dict=True)]}, "token": token.serialize()}


def main():
    request = json.load(sys.stdin)
    time.time = lambda: request["now"]
    first = {case["algorithm"]: case["keys"]["keys"][0] for case in request["cases"]}
    json.dump(
        {
            "cases": {case["id"]: judge(case, request) for case in request["cases"]},
            "thumbprints": {algorithm: jwk.JWK(**key).thumbprint() for algorithm, key in first.items()},
            "made": [make(algorithm, request["claims"]) for algorithm in KINDS],
        },
        sys.stdout,
    )


main()
