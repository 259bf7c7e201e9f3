"""The envelope by another hand: pyca/cryptography's Cobblestone-256, PBKDF2, HKDF, HMAC and Ed25519.

    pyca.py vectors FOLDER    checks every file of FOLDER/chunked, FOLDER/envelope and FOLDER/keys
    pyca.py serve             answers lines on stdin: "seal PLACE.. PLAINTEXT" and "open PLACE.. SEALED" of root wraps,
                              where PLACE.. is KEY INSTANCE UNLOCKER (hex) and GENERATION; "-" stands for no bytes

Nothing here is taken from the Rust code: the contexts are built from the table in vectors/README.md.
"""

import pathlib
import struct
import sys

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC


class Refused(Exception):
    """Does not open, or is not derived."""


class UnknownFormat(Exception):
    """Not an envelope of version 1, algorithm 1."""


# Purpose byte, and the context after the header: field name and width in bytes, 0 for bytes as they are.
PLACES = {
    "root-wrap": (1, [("instance", 0), ("unlocker", 0)]),
    "owner-wrap": (2, [("instance", 0), ("owner", 0), ("root-generation", 4), ("kdf", 1), ("iterations", 4), ("kdf-salt", 0)]),
    "index-wrap": (3, [("instance", 0), ("owner", 0)]),
    "data-wrap": (4, [("instance", 0), ("tenant", 0), ("secret", 0), ("version", 8), ("path-hash", 0), ("kind", 1), ("flags", 1)]),
    "value": (5, [("instance", 0), ("tenant", 0), ("secret", 0), ("version", 8)]),
    "record": (6, [("instance", 0), ("owner", 0), ("table", 1), ("row-key", 0), ("revision", 0)]),
    "entry-row": (7, [("instance", 0), ("tenant", 0), ("row", 0)]),
    "signing-wrap": (8, [("instance", 0), ("owner", 0), ("epoch", 4)]),
    "subject-wrap": (9, [("instance", 0), ("tenant", 0), ("subject", 0)]),
    "personal": (10, [("instance", 0), ("tenant", 0), ("subject", 0), ("session", 0)]),
    "content": (11, [("instance", 0), ("tenant", 0)]),
    "backup": (12, [("instance", 0), ("backup", 0), ("head", 0)]),
    "lock-wrap": (13, [("instance", 0), ("owner", 0)]),
}


def number(value, width):
    return int(value).to_bytes(width, "big")


def length_prefixed(*fields):
    return b"".join(struct.pack(">H", len(field)) + field for field in fields)


def header(case):
    return b"CF\x01\x01" + bytes([PLACES[case["place"]][0], 0]) + number(case.get("generation", 0), 4)


def context(case):
    """The header, then each field with its length. What the instance's own wrap lacks is zero or empty."""
    fields = []
    for name, width in PLACES[case["place"]][1]:
        fields.append(number(case.get(name, 0), width) if width else bytes.fromhex(case.get(name, "")))
    return header(case) + length_prefixed(*fields)


def input_key(case):
    key = bytes.fromhex(case["key"])
    if case["place"] != "index-wrap":
        return key
    return expand(key, b"coffer/index-wrap/v1", bytes.fromhex(case["owner"]), number(case["generation"], 4))


def expand(key, *fields):
    return HKDFExpand(hashes.SHA512(), 32, length_prefixed(*fields)).derive(key)


def open_chunked(key, context, sealed):
    try:
        decryptor = Cobblestone256Decryptor(key, context)
        return decryptor.update(sealed) + decryptor.finalize()
    except (InvalidTag, ValueError) as error:
        raise Refused from error


def seal_chunked(key, context, plaintext):
    encryptor = Cobblestone256Encryptor(key, context)
    return encryptor.update(plaintext) + encryptor.finalize()


def open_envelope(case, sealed):
    if len(sealed) < 10:
        raise Refused
    if sealed[:4] != b"CF\x01\x01":
        raise UnknownFormat
    if sealed[:10] != header(case):
        raise Refused
    return open_chunked(input_key(case), context(case), sealed[10:])


def derive(case):
    key = bytes.fromhex(case.get("key", ""))
    owner = bytes.fromhex(case.get("owner", ""))
    if case["derive"] == "unlocker":
        passphrase = bytes.fromhex(case["passphrase"])
        if len(passphrase) < 14 or not 600_000 <= int(case["iterations"]) <= 10_000_000:
            raise Refused
        return pbkdf2(passphrase, bytes.fromhex(case["salt"]), case)
    if case["derive"] == "wrapping":
        fields = [bytes.fromhex(case["instance"]), owner, number(case["generation"], 4), number(case["root-generation"], 4)]
        if (case["kdf"] == "1") != (owner == bytes(16)):
            raise Refused
        if case["kdf"] == "1":
            return expand(key, b"coffer/iwk/v1", *fields)
        if not 100_000 <= int(case["iterations"]) <= 10_000_000:
            raise Refused
        return pbkdf2(key, length_prefixed(b"coffer/twk/v1", *fields, bytes.fromhex(case["kdf-salt"])), case)
    if case["derive"] == "backup":
        fields = [bytes.fromhex(case["instance"]), bytes.fromhex(case["backup"]), number(case["generation"], 4)]
        return expand(key, b"coffer/backup/v1", *fields)
    if case["derive"] == "lock":
        info = length_prefixed(bytes.fromhex(case["instance"]), owner)
        return HKDF(hashes.SHA512(), 32, b"coffer/lock/v1", info).derive(bytes.fromhex(case["code"]))
    if case["derive"] == "purpose":
        return expand(key, f"coffer/{case['purpose']}/v1".encode(), owner, number(case["generation"], 4))
    if case["derive"] == "signature":
        signer = Ed25519PrivateKey.from_private_bytes(key)
        return signer.public_key().public_bytes_raw() + signer.sign(bytes.fromhex(case["message"]))
    mac = hmac.HMAC(key, hashes.SHA256())
    mac.update(length_prefixed(bytes.fromhex(case["label"]), bytes.fromhex(case["data"])))
    return mac.finalize()[:16]


def pbkdf2(secret, salt, case):
    return PBKDF2HMAC(hashes.SHA256(), 32, salt, int(case["iterations"])).derive(secret)


def run(folder, case):
    """What the case comes to, and what it should come to."""
    if folder == "keys":
        return derive(case), bytes.fromhex(case.get("made", ""))
    if "plaintext-pattern" in case:
        plaintext = bytes(i % 251 for i in range(int(case["plaintext-pattern"])))
    else:
        plaintext = bytes.fromhex(case.get("plaintext", ""))
    sealed = bytes.fromhex(case["sealed"])
    if folder == "chunked":
        return open_chunked(bytes.fromhex(case["key"]), bytes.fromhex(case["context"]), sealed), plaintext
    return open_envelope(case, sealed), plaintext


def check(root):
    wrong = 0
    for folder in ["chunked", "envelope", "keys"]:
        counts = {"ok": 0, "refused": 0, "unknown-format": 0}
        for path in sorted((root / folder).glob("*.txt")):
            lines = (line.partition(":") for line in path.read_text().splitlines())
            case = {name: value.strip() for name, _, value in lines}
            try:
                made, expected = run(folder, case)
                came_to = "ok" if case["expect"] != "ok" or made == expected else "something else"
            except Refused:
                came_to = "refused"
            except UnknownFormat:
                came_to = "unknown-format"
            counts[case["expect"]] += 1
            if came_to != case["expect"]:
                print(f"{path}: {came_to} instead of {case['expect']}: {case['about']}")
                wrong += 1
        print(folder, *(f"{count} {expect}" for expect, count in counts.items()))
        if not counts["ok"] or not counts["refused"]:
            print(f"{folder}: there are no vectors")
            wrong += 1
    return wrong


def serve():
    for line in sys.stdin:
        verb, key, instance, unlocker, generation, data = line.split()
        case = {"place": "root-wrap", "key": key, "instance": instance, "unlocker": unlocker, "generation": generation}
        data = b"" if data == "-" else bytes.fromhex(data)
        try:
            if verb == "seal":
                made = header(case) + seal_chunked(input_key(case), context(case), data)
            else:
                made = open_envelope(case, data)
            print(made.hex() or "-", flush=True)
        except Refused:
            print("refused", flush=True)
        except UnknownFormat:
            print("unknown-format", flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve()
    else:
        sys.exit(1 if check(pathlib.Path(sys.argv[2])) else 0)
