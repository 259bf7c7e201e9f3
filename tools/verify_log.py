#!/usr/bin/env python3
"""Checks an exported audit log of Coffer, offline, without any secret.

    python3 verify_log.py DIR [--key VKEY] [--known FILE].. [--witness VKEY].. [--system DIR2]

Exit 0 and a summary: all of it holds. Exit 1 and one line `place: what`: the first thing that does not.

    --key      the first key of the log, from elsewhere: this is that log, from its beginning
    --known    a checkpoint that somebody kept: what it covered is still there, unchanged
    --witness  the key of a witness: it has cosigned the newest checkpoint
    --system   the exported system log of the same instance: all that it says of this log is so

It takes Python 3.8 and the package `cryptography`, and nothing of Coffer: it was written from docs/formats.md, "The
bundle". Begin at `verify`, near the end: it is that page's table of checks. DIR is only read; all leaf hashes are held
in memory, about 150 bytes an entry. What the checks prove, and what not: docs/verify.md.
"""

import argparse, base64, hashlib, json, os, re, stat, sys, time

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

NOTE_MAX, LEAF_MAX, LINE_MAX, SIGNATURES_MAX = 65_536, 65_535, 131_071, 32
NAME = rb'[!#-*,-\[\]-~]{1,255}'  # printable ASCII without quote, plus and backslash
NUMBER = rb"0|[1-9][0-9]{0,18}"
P = 2**255 - 19  # the field of Ed25519
Y8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD83D3D706A17C7
SMALL_ORDER = (0, 1, P - 1, Y8, P - Y8)  # the y of the eight points whose order divides 8


class Fault(Exception):
    def __init__(self, place, what):
        super().__init__(place, what)
        self.place, self.what = re.sub("[^ -~]", "?", place), what


def need(condition, place, what):
    if not condition:
        raise Fault(place, what)


# ---- Signatures, keys and signed notes: RFC 8032, C2SP signed-note, C2SP tlog-cosignature


def sound(point):
    """Canonical and not of small order. Under a key of small order one signature fits many messages."""
    y = int.from_bytes(point, "little") % 2**255
    return y < P and y not in SMALL_ORDER


def signed(key, signature, message):
    try:  # the library itself refuses an S that is not below the order of the group
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return sound(signature[:32])


def unbase64(text, length=None):
    """The bytes, if `text` is the one canonical base64 of them (and of so many); else None."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return raw if base64.b64encode(raw) == text and length in (None, len(raw)) else None


def number(text, place):
    need(re.fullmatch(NUMBER, text) and int(text) < 2**63, place, "not a number: %r" % text)
    return int(text)


class Key:
    """A verifier key, `name+id+base64(type, key)`. Type 1 signs a text, type 4 a checkpoint with the time."""

    def __init__(self, text, type, place):
        parts = re.fullmatch(rb"(%s)\+([0-9a-f]{8})\+(\S+)" % NAME, text)
        raw = parts and unbase64(parts[3], 33)
        need(raw and raw[0] == type and sound(raw[1:]), place, "not a verifier key of type %d" % type)
        self.text, self.name, self.raw = text, parts[1], raw[1:]
        need(self.id(type).hex().encode() == parts[2], place, "a verifier key with a wrong id")

    def id(self, type):
        return hashlib.sha256(self.name + b"\n" + bytes([type]) + self.raw).digest()[:4]

    def made(self, type, line, text):
        """Whether this key made the signature in `line` of `text`."""
        name, id, signature = line
        if (name, id, len(signature)) != (self.name, self.id(type), {1: 64, 4: 72}[type]):
            return False
        if type == 1:
            return signed(self.raw, signature, text)
        message = b"cosignature/v1\ntime %d\n%s" % (time_in(line), text)
        return time_in(line) < 2**63 and signed(self.raw, signature[8:], message)


def time_in(line):
    return int.from_bytes(line[2][:8], "big")


def parse_note(data, place):
    """The text of a signed note, its lines, and its signature lines as (name, key id, signature)."""
    text, blank, ending = data.rpartition(b"\n\n")
    need(blank and ending.endswith(b"\n") and len(data) <= NOTE_MAX, place, "not a signed note")
    signatures = []
    for line in ending[:-1].split(b"\n"):
        parts = re.fullmatch("\u2014 ".encode() + rb"([^ ]+) (\S+)", line)
        raw = parts and unbase64(parts[2])
        need(raw and len(raw) > 4, place, "not a signature line")
        signatures.append((parts[1], raw[:4], raw[4:]))
    need(len(signatures) <= SIGNATURES_MAX, place, "too many signatures")
    return text + b"\n", text.split(b"\n"), signatures


# ---- The tree: RFC 6962, C2SP tlog-tiles


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def grow(leaves):
    """rows[h][i] is the root over the leaves from i * 2**h up to (i + 1) * 2**h."""
    rows = [leaves]
    while len(rows[-1]) > 1:
        row = rows[-1]
        rows.append([node(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)])
    return rows


def root(rows, size):
    """The root over the first `size` leaves: the perfect subtrees in it, from the smallest to the largest."""
    right = None
    for height in range(size.bit_length()):
        if size >> height & 1:
            left = rows[height][(size >> height) - 1]
            right = node(left, right) if right else left
    return right or hashlib.sha256(b"").digest()


def tiles(size, level):
    """Name, index and width of each tile of a level; the last may have fewer than 256 hashes."""
    hashes = size >> 8 * level
    for index in range(-(-hashes // 256)):
        yield tile_name(level, index, min(256, hashes - 256 * index)), index, min(256, hashes - 256 * index)


def tile_name(level, index, width):
    digits = "%03d" % index
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = ["x" + digits[at : at + 3] for at in range(0, len(digits), 3)]
    return "tile/%d/%s%s" % (level, "/".join(parts[:-1] + [parts[-1][1:]]), ".p/%d" % width if width < 256 else "")


# ---- What is signed in a bundle


class Bundle:
    def __init__(self, folder):
        self.folder, found, waiting = folder, {}, [""]
        while waiting:
            inside = waiting.pop()
            for entry in os.scandir(os.path.join(folder, inside)):
                name = os.path.join(inside, entry.name)
                mode = found[name] = entry.stat(follow_symlinks=False).st_mode
                waiting += [name] if stat.S_ISDIR(mode) else []
        for name in sorted(found, key=os.fsencode):
            need(stat.S_ISDIR(found[name]) or stat.S_ISREG(found[name]), name, "neither a file nor a folder")
        self.found = sorted(found, key=os.fsencode)
        self.files = {name for name in found if stat.S_ISREG(found[name])}

    def open(self, name):
        need(name in self.files, name, "missing")
        return open(os.path.join(self.folder, name), "rb")

    def read(self, name, limit=NOTE_MAX):
        with self.open(name) as file:
            data = file.read(limit + 1)
        need(len(data) <= limit, name, "too long")
        return data

    def numbered(self, folder):
        """The numbers that name files in a folder."""
        names = (re.fullmatch(folder + "/(" + NUMBER.decode() + ")", name) for name in self.files)
        return sorted(int(name[1]) for name in names if name)

    def read_keys(self, genesis):
        """The key of each epoch and the size it starts at. Each note is signed by its own key and the one before."""
        self.epochs = []
        while not self.epochs or "keys/%d" % len(self.epochs) in self.files:
            epoch, place = len(self.epochs), "keys/%d" % len(self.epochs)
            text, lines, signatures = parse_note(self.read(place), place)
            need(len(lines) == 6 and lines[0] == b"coffer-log-key/v1", place, "not the note of a key")
            origin, key, start, hash = lines[1], Key(lines[5], 1, place), number(lines[3], place), unbase64(lines[4], 32)
            if epoch == 0:
                self.origin = origin
                need(origin not in (b"cosignature/v1", b"coffer-log-key/v1"), place, "no name for a log")
                need(start == 0 and hash == root([], 0), place, "it does not start at the empty log")
                need(genesis is None or genesis.encode() == key.text, place, "not the key that was given: another log")
            else:
                need(start > self.epochs[-1][0] and hash, place, "no root, or it does not start at a larger log")
            need(origin == key.name == self.origin, place, "of another log")
            need(number(lines[2], place) == epoch, place, "of another epoch")
            need(all(key.raw != old.raw for _, _, old in self.epochs), place, "its key was used before")
            signers = [key] + [old for _, _, old in self.epochs[-1:]]
            need(len(signatures) == len(signers), place, "not signed by the new key and the old one, and nobody else")
            for signer, line in zip(signers, signatures):
                need(signer.made(1, line, text), place, "a signature that does not fit")
            self.epochs.append((start, hash, key))
        need(not [e for e in self.numbered("keys") if len(self.epochs) < e < 2**32], "keys/%d" % len(self.epochs), "missing")

    def read_witnesses(self):
        self.witnesses = []
        if "witnesses" in self.files:
            lines = self.read("witnesses").split(b"\n")
            need(lines.pop() == b"", "witnesses", "its last line is cut")
            self.witnesses = [Key(line, 4, "witnesses") for line in lines]
            names = {(key.name, key.id(4)) for key in self.witnesses}
            twice = len(names) < len(lines) or self.origin in [key.name for key in self.witnesses]
            need(lines and not twice, "witnesses", "a key that is there twice, or of the log itself, or none")

    def read_checkpoint(self, place, data):
        """Size, root, time, and who has cosigned. For a checkpoint from elsewhere, unknown cosigners do not matter."""
        text, lines, signatures = parse_note(data, place)
        need(len(lines) == 3 and lines[0] == self.origin, place, "not a checkpoint of this log")
        size, hash = number(lines[1], place), unbase64(lines[2], 32)
        need(hash, place, "its root is not one")
        if place.startswith("known"):
            need(size <= self.size, place, "the log here is smaller: an older store was put back")
            ours = {(key.name, key.id(type)) for _, _, key in self.epochs for type in (1, 4)}
            signatures = sorted((line for line in signatures if line[:2] in ours), key=lambda line: len(line[2]))
            need(len(signatures) == 2, place, "not signed by the log, plain and with the time")
        key = [key for start, _, key in self.epochs if start < size or start == 0][-1]
        for type, line in zip((1, 4), signatures[:2]):
            need(key.made(type, line, text), place, "not signed by the key of the log for this size")
        need(size > 0 or place.startswith("known"), place, "an empty log has no bundle")
        need(len(signatures) >= 2, place, "not signed by the log, plain and with the time")
        cosigners = [[key.text for key in self.witnesses if key.made(4, line, text)] for line in signatures[2:]]
        need(all(cosigners), place, "a signature of nobody who is in `witnesses`, or that does not fit")
        cosigners = [key for keys in cosigners for key in keys]
        need(len(set(cosigners)) == len(cosigners), place, "a witness has cosigned it twice")
        return size, hash, time_in(signatures[1]), cosigners

    def read_notes(self, genesis, asked_for):
        """Everything that is signed; then, whether all that is in the folder belongs there."""
        self.read_keys(genesis)
        self.read_witnesses()
        self.size, self.root, self.time, self.cosigners = self.read_checkpoint("checkpoint", self.read("checkpoint"))
        used, self.kept = set(self.cosigners), {}
        for size in self.numbered("checkpoints"):
            if size < 2**63:
                place = "checkpoints/%d" % size
                claimed, self.kept[size], _, cosigners = self.read_checkpoint(place, self.read(place))
                need(claimed == size < self.size, place, "not of the size in its name, or not older than the newest")
                used.update(cosigners)
        need(used == {key.text for key in self.witnesses}, "witnesses", "one of them has cosigned nothing here")
        for witness in asked_for:
            need(witness.encode() in self.cosigners, "checkpoint", "not cosigned by " + witness)
        for epoch, (start, _, _) in enumerate(self.epochs):
            need(start < self.size, "keys/%d" % epoch, "it starts behind the newest checkpoint")
        names = {"checkpoint", "entries.jsonl", "witnesses"} | {"checkpoints/%d" % size for size in self.kept}
        names |= {"keys/%d" % epoch for epoch in range(len(self.epochs))}
        for level in range(8):
            names.update(name for name in self.files if self.is_tile(name, level))
        folders = {name[:at] for name in self.files for at in range(len(name)) if name[at] == "/"}
        for name in self.found:
            need(name in (names if name in self.files else folders), name, "does not belong here")

    def is_tile(self, name, level):
        found = re.fullmatch(r"tile/%d/((?:x[0-9]{3}/)*[0-9]{3})(\.p/[0-9]+)?" % level, name)
        if not found:
            return False
        index = int(re.sub("[x/]", "", found[1]))
        width = min(256, (self.size >> 8 * level) - 256 * index)
        return width > 0 and name == tile_name(level, index, width)

    # ---- Entries and tiles

    def read_entries(self, heads_of=None):
        """Each retained entry: its line, its hash in the tile, and what it says of the log. Gathers all leaf hashes."""
        self.leaves, self.below, self.heads = [], 0, []
        with self.open("entries.jsonl") as file:
            line = file.readline(LINE_MAX)
            need(line, "entries.jsonl", "empty")
            found = re.search(rb'","log_index":(%s),"log_origin":"[^"]*"}\n\Z' % NUMBER, line)
            self.first = int(found[1]) if found and int(found[1]) < 2**63 else 0
            need(self.first < self.size, "entry %d" % self.first, "not covered by the newest checkpoint")
            for tile, _, width in tiles(self.size, 0):
                hashes = self.read(tile, 32 * width)
                need(len(hashes) == 32 * width, tile, "too short")
                for at in range(0, len(hashes), 32):
                    if len(self.leaves) >= self.first:
                        self.check_entry(len(self.leaves), line, hashes[at : at + 32], tile, heads_of)
                        line = file.readline(LINE_MAX)
                    self.leaves.append(hashes[at : at + 32])
            need(not line, "entry %d" % self.size, "not covered by the newest checkpoint")
        need(self.first <= self.below, "entry %d" % self.below, "missing, and no entry says that it was pruned")

    def check_entry(self, index, line, hash, tile, heads_of):
        place = "entry %d" % index
        need(line, place, "missing: the entries end before it")
        head, middle = b'{"entry":', b',"leaf_hash":"'
        tail = b'","log_index":%d,"log_origin":"%s"}\n' % (index, self.origin)
        need(line.endswith(tail), place, "missing: the line in its place is of another entry or log, or cut")
        leaf = line[len(head) : -len(middle) - 64 - len(tail)]
        own = hashlib.sha256(b"\x00" + leaf).digest()
        same = line == head + leaf + middle + own.hex().encode() + tail
        need(same and len(leaf) <= LEAF_MAX, place, "its hash is not the one written beside it")
        need(own == hash, place, "its hash is not the one in " + tile)
        starting = [epoch for epoch, (start, _, _) in enumerate(self.epochs) if start == index]
        try:
            action, detail = self.detail(leaf)
            takes_over = action == b"key" and "key" in detail
            need(takes_over == bool(starting), place, "not the entry of a takeover in keys/, or where there is none")
            if takes_over:
                key = self.epochs[starting[0]][2].text.decode()
                need((natural(detail["epoch"]), detail["key"]) == (starting[0], key), place, "of another key than in keys/")
            elif action == b"prune" and "below" in detail:
                self.below = max(self.below, natural(detail["below"]))
            elif action == b"heads" and heads_of:
                of_log = [head for head in detail.get("heads", []) if head["origin"] + "" == heads_of.decode()]
                for head in of_log:
                    self.heads.append((place, natural(head["size"]), unbase64(head["root"].encode(), 32)))
                    need(self.heads[-1][2], place, "a root that is not one")
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Fault(place, "its detail is not that of its action")

    @staticmethod
    def detail(leaf):
        """What a leaf says of the log, if it does and it happened: the only JSON that is read."""
        action = re.match(rb'{"action":"audit_(key|prune|heads)"', leaf)
        if action is None:
            return None, {}
        fields = json.loads(leaf)
        happened = fields.get("outcome", "done") == "done" and "detail" in fields
        return action[1], dict(fields["detail"].items()) if happened else {}

    def check_tree(self):
        """The tiles above level 0, and every signed root, from the leaf hashes."""
        self.rows = grow(self.leaves)
        for level in range(1, 8):
            for name, index, width in tiles(self.size, level):
                hashes = self.rows[8 * level][256 * index : 256 * index + width]
                need(self.read(name, 8192) == b"".join(hashes), name, "its hashes are not those of the tiles below it")
        signed = [("checkpoint", self.size, self.root)]
        signed += [("checkpoints/%d" % size, size, hash) for size, hash in self.kept.items()]
        signed += [("keys/%d" % epoch, start, hash) for epoch, (start, hash, _) in enumerate(self.epochs)]
        for place, size, hash in signed:
            need(hash == root(self.rows, size), place, "its root is not that of the first %d entries" % size)


def natural(value):
    if type(value) is not int or not 0 <= value < 2**64:
        raise ValueError
    return value


# ---- The check


def verify(folder, genesis=None, known=(), witnesses=(), system=None):
    bundle, heads = Bundle(folder), []
    bundle.read_notes(genesis, witnesses)
    if system is not None:
        try:
            other = Bundle(system)
            other.read_notes(None, [])
            other.read_entries(heads_of=bundle.origin)
            other.check_tree()
            heads = other.heads
        except Fault as fault:
            raise Fault("system " + fault.place, fault.what)
    bundle.read_entries()
    bundle.check_tree()
    for place, data in (("known %d" % (nth + 1), data) for nth, data in enumerate(known)):
        size, hash, _, _ = bundle.read_checkpoint(place, data)
        need(hash == root(bundle.rows, size), place, "the log here was forked before entry %d" % size)
    for place, size, hash in heads:
        need(size <= bundle.size, "system " + place, "the log is shorter than what the system log committed to")
        need(hash == root(bundle.rows, size), "system " + place, "the log has another past than the system log says")
    return bundle, heads


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="DIR")
    parser.add_argument("--key", metavar="VKEY")
    parser.add_argument("--known", metavar="FILE", action="append", default=[], type=argparse.FileType("rb"))
    parser.add_argument("--witness", metavar="VKEY", action="append", default=[])
    parser.add_argument("--system", metavar="DIR2")
    given = parser.parse_args()
    try:
        known = [file.read() for file in given.known]
        bundle, heads = verify(given.folder, given.key, known, given.witness, given.system)
    except Fault as fault:
        print("%s: %s" % (fault.place, fault.what))
        return 1
    except OSError as error:
        print(".: can't be read: %s" % error)
        return 1
    when = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(bundle.time))
    print(
        "%s: %d entries, the first %d of them pruned, up to %s; %d keys, %d older checkpoints, %d witnesses, %d known; "
        "the system log committed to it %d times; first key %s (%s)"
        % (
            *(bundle.origin.decode(), bundle.size, bundle.first, when, len(bundle.epochs), len(bundle.kept)),
            *(len(bundle.cosigners), len(known), len(heads), bundle.epochs[0][2].text.decode()),
            "as given" if given.key else "found here: compare it",
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
