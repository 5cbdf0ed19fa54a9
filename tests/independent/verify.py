#!/usr/bin/env python3
"""A second verifier for logs in directories, written from docs/log-format.md alone.

    verify.py DIRECTORY... [--vkey K]... [--checkpoint FILE]... [--genesis-hash H] [--json]

Prints one line per finding, then `passed|unknown|failed N records M segments root R`. Exit code 0, 2 or 1.
Needs Python 3.8 or later and the command `openssl`. "Section" below is a section of docs/log-format.md.
"""
import argparse
import base64
import datetime
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import zlib

MAX_NUMBER = 999_999_999_999_999_999
MAX_STORED, MAX_TEXT, MAX_LINE, MAX_RECORDS = 17 << 20, 16 << 20, 65_535, 16_384
ZEROS = "0" * 64
SEVERITY = {
    "GenesisInvalid": "Failure", "NotTrusted": "Failure", "SegmentInvalid": "Failure", "RecordsMissing": "Failure",
    "Truncated": "Failure", "HistoryChanged": "Failure", "MisplacedSegment": "Failure", "RecordedFalls": "Failure",
    "HeartbeatMissed": "Failure", "Unreadable": "Unknown", "Suspect": "Unknown", "StrangeObject": "Warning",
    "RepeatedId": "Warning",
}


class Broken(Exception):
    """A rule that was broken, and the number of the record that breaks it, where one does."""

    def __init__(self, why, seq=None):
        super().__init__(why)
        self.seq = seq


class Unreadable(Exception):
    """The bytes couldn't be had. That says nothing of them."""


def need(condition, why, seq=None):
    if not condition:
        raise Broken(why, seq)


# ---- Section "The log format": one spelling of hex, base64 and numbers

def is_hex(text, digits):
    return isinstance(text, str) and re.fullmatch("[0-9a-f]{%d}" % digits, text) is not None


def un64(text):
    """Base64 in its one spelling, or None."""
    try:
        value = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return value if base64.b64encode(value).decode() == text else None  # unused bits, padding


def to64(value):
    return base64.b64encode(value).decode()


NUMBER = "0|[1-9][0-9]{0,17}"


def is_number(text):
    return re.fullmatch(NUMBER, text) is not None


def ticks(text):
    """Section "Record", a time: tenths of microseconds that order times, or None."""
    match = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})\.([0-9]{7})Z", text)
    if not match:
        return None
    try:
        day = datetime.datetime(*(int(part) for part in match.groups()[:6]))
    except ValueError:  # a day or second that doesn't exist
        return None
    since = day - datetime.datetime(1, 1, 1)
    return (since.days * 86_400 + since.seconds) * 10_000_000 + int(match.group(7))


# ---- Section "Record": strict JSON

STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
SCALAR = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null")
SURROGATE = re.compile(r"\\(?:u([dD][89abAB]..)(?:\\u[dD][c-fC-F]..)?|u([dD][c-fC-F]..)|[^u]|u....)")
FOLD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


class Value:
    """A JSON value: its kind (object, list, string, number, true, false, null), its bytes and what they mean."""
    __slots__ = ("kind", "raw", "text", "members")

    def __init__(self, kind, raw, text=None, members=None):
        self.kind, self.raw, self.text, self.members = kind, raw, text, members


def unescape(raw):
    """The text of a string; an escaped surrogate must be one half of an escaped pair."""
    if "\\" not in raw:
        return raw[1:-1]
    for match in SURROGATE.finditer(raw):
        need(match.group(2) is None and not (match.group(1) and len(match.group(0)) == 6), "half a surrogate pair")
    return json.loads(raw)


def read_value(line, at, level):
    """The value that begins at `at`, and where it ends. No white space is skipped, so there may be none."""
    char = line[at:at + 1]
    if char == '"':
        match = STRING.match(line, at)
        need(match, "not a JSON string")
        return Value("string", match.group(), unescape(match.group())), match.end()
    if char in ("{", "["):
        need(level <= 64, "deeper than 64 levels")
        start, close, members, names, at = at, "}" if char == "{" else "]", [], set(), at + 1
        while line[at:at + 1] != close or members:
            name = None
            if char == "{":
                need(line[at:at + 1] == '"', "not a member's name")
                name, at = read_value(line, at, level)
                folded = name.text.translate(FOLD)
                need(folded not in names, "two members of one name")
                names.add(folded)
                need(line[at:at + 1] == ":", "no colon behind a name")
                at += 1
            value, at = read_value(line, at, level + 1)
            members.append((name, value))
            if line[at:at + 1] == close:
                break
            need(line[at:at + 1] == ",", "neither a comma nor an end")
            at += 1
        return Value("object" if char == "{" else "list", line[start:at + 1], members=members), at + 1
    match = SCALAR.match(line, at)
    need(match, "not a JSON value")
    return Value(match.group() if match.group().isalpha() else "number", match.group()), match.end()


def members_of(value, why):
    need(value is not None and value.kind == "object", why)
    return {name.text: member for name, member in value.members}


def text_of(value, why):
    need(value is not None and value.kind == "string", why)
    return value.text


KNOWN = {"seq", "prev", "segment", "keys", "recorded", "id", "time", "action", "actor", "resource", "outcome",
         "reason", "source", "data"}
TEXTS = {"actor": ("type", "id", "name", "ip", "session"), "resource": ("type", "id", "name"),
         "source": ("host", "app"), "data": ()}
OUTCOMES = ('"Success"', '"Failure"', '"Denied"', '"Unknown"', "null")


class Record:
    """Section "Record": one line and what it says."""

    def __init__(self, line):
        need(len(line) <= MAX_LINE, "the line is too long")
        need(not any(byte < 0x20 for byte in line), "a byte below 0x20")
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            raise Broken("not UTF-8") from None
        need(text.startswith('{"seq":'), "the line doesn't begin with seq")
        value, end = read_value(text, 0, 1)
        need(end == len(text), "something behind the object")
        self.leaf = hashlib.sha256(b"\0" + line).hexdigest()
        top = {}
        for name, member in value.members:
            plain = name.raw[1:-1]
            need(plain in KNOWN or plain.startswith("x_"), "a member that the format doesn't know")
            top[plain] = member
        need(len(value.members) > 1 and value.members[1][0].raw == '"prev"', "prev isn't the second member")
        self.seq, self.keys = self.number(top, "seq"), self.number(top, "keys")
        # The digits of these stand there without escapes: each has one spelling.
        self.prev, self.segment = self.plain(top, "prev"), self.plain(top, "segment")
        need(is_hex(self.prev, 64) and (self.segment is None or is_hex(self.segment, 64)), "a digest isn't 64 hex digits")
        self.id = self.plain(top, "id")
        need(self.id and re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", self.id), "id isn't one")
        self.recorded = ticks(self.plain(top, "recorded") or "")
        need(self.recorded is not None and ticks(self.plain(top, "time") or "") is not None, "not a time")
        self.action = text_of(top.get("action"), "no action")
        need(self.action, "an empty action")
        for name, texts in TEXTS.items():
            if name in top and top[name].kind != "null":
                inner = members_of(top[name], name + " isn't an object")
                need(all(inner[key].kind in ("string", "null") for key in texts if key in inner), "not a text in " + name)
        need("outcome" not in top or top["outcome"].raw in OUTCOMES, "not an outcome")
        need("reason" not in top or top["reason"].kind in ("string", "null"), "reason isn't a text")
        self.data = top.get("data")
        self.reserved = self.action.translate(FOLD).startswith("immutableaudit:")

    @staticmethod
    def number(top, name):
        if name not in top:
            return None
        need(top[name].kind == "number" and is_number(top[name].raw), name + " isn't a number of a record")
        return int(top[name].raw)

    @staticmethod
    def plain(top, name):
        if name not in top:
            return None
        need(top[name].kind == "string", name + " isn't a text")
        return top[name].raw[1:-1]


# ---- Section "Keys and signatures"

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")


def read_vkey(text, origin=None):
    """(key ID, DER) of a vkey whose name is the origin."""
    parts = text.split("+", 2)  # the base64 can hold a plus
    need(len(parts) == 3 and parts[0] and not re.search(r"\s", parts[0]), "not a vkey")
    need(origin is None or parts[0] == origin, "the key's name isn't the origin")
    key = un64(parts[2])
    need(key is not None and len(key) == 92 and key[0] == 2 and key[1:].startswith(SPKI), "not a key on P-256")
    der = key[1:]
    x, y = int.from_bytes(der[27:59], "big"), int.from_bytes(der[59:], "big")
    need(x < P and y < P and (y * y - x * x * x + 3 * x - B) % P == 0, "a point that isn't on the curve")
    key_id = hashlib.sha256(der).hexdigest()[:8]
    need(parts[1] == key_id, "the key ID isn't that of the key")
    return key_id, der


def is_signature(der):
    """Minimal DER of r and s, in range, and s in the lower half."""
    def integer(at):
        need(der[at:at + 1] == b"\x02" and at + 2 < len(der), "no integer")
        size = der[at + 1]
        value = der[at + 2:at + 2 + size]
        need(size > 0 and len(value) == size and value[0] < 0x80, "an integer that isn't positive")
        need(size == 1 or value[0] or value[1] >= 0x80, "a zero too many")
        return int.from_bytes(value, "big"), at + 2 + size
    try:
        need(len(der) > 2 and der[0] == 0x30 and der[1] == len(der) - 2 < 0x80, "no sequence")
        r, at = integer(2)
        s, at = integer(at)
        return at == len(der) and 0 < r < N and 0 < s <= N // 2
    except Broken:
        return False


class OpenSsl:
    """Asks openssl once for each signature, and remembers the answer."""

    def __init__(self):
        self.known, self.folder = {}, None

    def verifies(self, der, text, signature):
        if not is_signature(signature):
            return False
        asked = (der, text, signature)
        if asked not in self.known:
            if self.folder is None:
                self.folder = tempfile.mkdtemp(prefix="verify-")  # only for this user
            paths = [os.path.join(self.folder, name) for name in ("key", "signature", "text")]
            for path, content in zip(paths, (der, signature, text)):
                with open(path, "wb") as file:
                    file.write(content)
            run = subprocess.run(["openssl", "dgst", "-sha256", "-verify", paths[0], "-keyform", "DER", "-signature",
                                  paths[1], paths[2]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            self.known[asked] = run.returncode == 0
        return self.known[asked]

    def close(self):
        if self.folder is not None:
            shutil.rmtree(self.folder)


OPENSSL = OpenSsl()


def read_note(note):
    """C2SP signed-note: (text, [(key name, key ID, signature)])."""
    need(not any(char < " " and char != "\n" for char in note), "a control character in the note")
    text, empty, lines = note.rpartition("\n\n")
    need(empty and lines.endswith("\n"), "not a signed note")
    signatures = []
    for line in lines[:-1].split("\n"):
        match = re.fullmatch(r"\u2014 ([^\s+]+) ([A-Za-z0-9+/]+=*)", line)
        blob = un64(match.group(2)) if match else None
        need(blob is not None and len(blob) > 4, "not a signature line")
        signatures.append((match.group(1), blob[:4].hex(), blob[4:]))
    return text + "\n", signatures


def read_checkpoint(text):
    """Section "Seal", the checkpoint: (origin, size, root)."""
    lines = text.split("\n")
    need(len(lines) == 4 and lines[0] and not lines[3], "the checkpoint doesn't have three lines")
    root = un64(lines[2])
    need(re.fullmatch("0|[1-9][0-9]{0,18}", lines[1]) and root is not None and len(root) == 32, "not a checkpoint")
    return lines[0], int(lines[1]), root


# ---- Section "Seal": the tree

def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def append(frontier, size, leaf):
    while size & 1:
        leaf = node(frontier.pop(), leaf)
        size >>= 1
    frontier.append(leaf)


def root_of(frontier):
    root = frontier[-1]
    for left in reversed(frontier[:-1]):
        root = node(left, root)
    return root


def grown(frontier, first, leaves):
    frontier = list(frontier)
    for number, leaf in enumerate(leaves, first):
        append(frontier, number, bytes.fromhex(leaf))
    return frontier


# ---- Sections "Segment: framing" and "Seal"

SEAL = re.compile(r'\{"seal":1,"first":(%s),"count":(%s),"frontier":\[((?:"[^"\\]*"(?:,"[^"\\]*")*)?)\],'
                  r'"checkpoint":"((?:[^"\\]|\\n)*)"\}' % (NUMBER, NUMBER))


def unpack(stored):
    """Section "Segment: framing"."""
    need(20 <= len(stored) <= MAX_STORED, "the object's size")
    need(stored[:10] == bytes.fromhex("1f8b08000000000000ff"), "the gzip header")
    stream, text, rest = zlib.decompressobj(-15), b"", stored[10:-8]
    try:
        while not stream.eof and len(text) <= MAX_TEXT:
            more = stream.decompress(rest, MAX_TEXT + 1 - len(text))
            text, rest = text + more, stream.unconsumed_tail
            if not more and not rest:
                break
    except zlib.error:
        raise Broken("the deflate stream") from None
    need(len(text) <= MAX_TEXT, "the text is too long")
    need(stream.eof and not stream.unused_data and not rest, "the deflate stream doesn't end before the CRC")
    need(int.from_bytes(stored[-8:-4], "little") == zlib.crc32(text), "the CRC")
    need(int.from_bytes(stored[-4:], "little") == len(text), "the length")
    return text


class Segment:
    """An object that keeps every rule that needs nothing but its bytes and its name. Raises Broken."""

    def __init__(self, stored, first):
        self.first, self.digest = first, hashlib.sha256(stored).hexdigest()
        text = unpack(stored)
        need(text.endswith(b"\n"), "the text doesn't end in a line feed")
        *lines, seal_line = text[:-1].split(b"\n")
        broken, self.records = None, []
        need(lines, "no record", first)
        for number, line in enumerate(lines[:MAX_RECORDS], first):
            try:
                self.records.append(self.record(line, number))
            except Broken as wrong:
                broken = Broken(str(wrong), number)
                break
        seal = None
        try:
            seal = self.read_seal(seal_line)
        except Broken as wrong:
            # Without a seal nobody knows which line is which; what came before the broken line still does.
            broken = Broken(str(broken or wrong), broken.seq if broken and broken.seq < first + len(lines) - 1 else None)
        self.links(seal, broken)
        if broken:
            raise broken
        count, there = self.count, len(lines)
        need(self.seal_first == first, "the seal is for another position")
        need(count == there, "the seal counts %d records, and there are %d" % (count, there), first + min(count, there))
        last = first + count - 1
        need(first // MAX_RECORDS == last // MAX_RECORDS, "the segment crosses a multiple of 16,384")
        need(last + 1 <= MAX_NUMBER, "no next name")
        self.last = last
        need(self.size == last + 1, "the checkpoint's size")
        self.after = grown(self.frontier, first, (record.leaf for record in self.records))
        # All links hold, so it is the last record that differs, or all were linked anew behind one that does.
        need(root_of(self.after) == self.root, "the records don't fold to the root", last)

    def record(self, line, number):
        record = Record(line)
        need(record.seq == number, "seq isn't %d" % number)
        is_first = number == self.first
        need((record.segment is not None) == is_first, "segment stands on the first record only")
        need((record.keys is not None) == (is_first and number > 0), "keys stands on the first record only")
        need(number > 0 or record.prev == record.segment == ZEROS, "record 0 follows nothing")
        return record

    def read_seal(self, line):
        """Section "Seal". The pattern allows its only spelling."""
        need(len(line) <= MAX_LINE, "the seal is too long")
        try:
            match = SEAL.fullmatch(line.decode("utf-8"))
        except UnicodeDecodeError:
            raise Broken("the seal isn't UTF-8") from None
        need(match, "the last line isn't a seal")
        self.seal_first, self.count = int(match.group(1)), int(match.group(2))
        self.frontier = [un64(entry) for entry in match.group(3)[1:-1].split('","')] if match.group(3) else []
        need(1 <= self.count <= MAX_RECORDS, "the seal's count")
        need(all(entry is not None and len(entry) == 32 for entry in self.frontier), "the frontier's base64")
        need(len(self.frontier) == bin(self.seal_first).count("1"), "the frontier's length")
        self.note = match.group(4).replace("\\n", "\n")
        self.signed, signatures = read_note(self.note)
        need(len(signatures) == 1, "a seal has one signature")
        self.signature = signatures[0]
        self.origin, self.size, self.root = read_checkpoint(self.signed)
        return self

    def links(self, seal, broken):
        """Each prev is the leaf hash of the record before. Names the record that was altered, by its neighbours."""
        records = self.records
        for i in range(len(records) - 1):
            if records[i].leaf == records[i + 1].prev:
                continue
            # The one behind may hold a wrong prev: then its own leaf isn't what follows it says either.
            if i + 2 < len(records):
                behind_holds = records[i + 1].leaf == records[i + 2].prev
            elif broken is None and seal and seal.count == len(records) and seal.seal_first == self.first:
                leaves = [record.leaf for record in records]
                leaves[i] = records[i + 1].prev
                behind_holds = root_of(grown(seal.frontier, self.first, leaves)) == seal.root
            else:
                behind_holds = False
            raise Broken("prev isn't the leaf hash of the record before", self.first + i + (0 if behind_holds else 1))


# ---- Sections "Genesis" and "Records about the log"

def integer(value, least, most, why):
    need(value is not None and value.kind == "number" and re.fullmatch("0|[1-9][0-9]*", value.raw), why)
    need(least <= int(value.raw[:20]) <= most, why)
    return int(value.raw)


class Ring:
    """The keys that a log knows: key ID to [DER, roles, in force, compromised]."""

    def __init__(self):
        self.keys = {}

    def copy(self):
        ring = Ring()
        ring.keys = {key_id: [der, set(roles), *rest] for key_id, (der, roles, *rest) in self.keys.items()}
        return ring

    def may(self, role, key_id):
        """The key's DER if it is in force and has the role."""
        key = self.keys.get(key_id)
        return key[0] if key and key[2] and role in key[1] else None

    def add(self, role, key):
        need(role in ("seal", "admin"), "not a role")
        entry = self.keys.setdefault(key[0], [key[1], set(), True, False])
        need(entry[0] == key[1], "another key has this key ID")
        need(entry[2] and role not in entry[1], "the key has this role, or had")
        entry[1].add(role)

    def known(self, key):
        entry = self.keys.get(key[0])
        need(entry is not None and entry[0] == key[1], "a key that the log doesn't know")
        return entry


ORIGIN = re.compile(r"(?=[A-Za-z0-9])[A-Za-z0-9._/-]{1,128}(?<=[A-Za-z0-9])/[0-9a-f]{32}")


class Genesis:
    """Section "Genesis": what record 0's data says."""

    def __init__(self, data):
        data = members_of(data, "the genesis has no data")
        need(set(data) <= {"format", "origin", "keys", "retention", "tolerance", "heartbeat"}, "an unknown member")
        integer(data.get("format"), 1, 1, "format")
        self.origin = text_of(data.get("origin"), "origin")
        need(ORIGIN.fullmatch(self.origin), "origin")
        integer(data.get("tolerance"), 5, 86_400, "tolerance")
        self.heartbeat = integer(data["heartbeat"], 1, 2**31 - 1, "heartbeat") if "heartbeat" in data else None
        if "retention" in data:
            retention = members_of(data["retention"], "retention")
            need(set(retention) == {"mode", "days"}, "retention")
            need(text_of(retention["mode"], "mode") in ("Compliance", "Governance"), "mode")
            integer(retention["days"], 1, 36_525, "days")
        keys = data.get("keys")
        need(keys is not None and keys.kind == "list" and 1 <= len(keys.members) <= 64, "keys")
        self.ring = Ring()
        for _, key in keys.members:
            key = members_of(key, "keys")
            need(set(key) == {"role", "vkey"}, "keys")
            role, named = text_of(key["role"], "role"), read_vkey(text_of(key["vkey"], "vkey"), self.origin)
            if role not in self.ring.keys.get(named[0], [None, ()])[1] or self.ring.keys[named[0]][0] != named[1]:
                self.ring.add(role, named)
        need(any("seal" in key[1] for key in self.ring.keys.values()), "no key seals")


ARGUMENTS = {"KeyAdded": ("role", "vkey"), "KeyRetired": ("vkey",), "KeyCompromised": ("vkey", "since"),
             "Pruned": ("before",), "LogMoved": ("from", "size", "root"), "LogClosed": ()}


def apply_admin(record, origin, before, ring, keys_at):
    """Checks a record about the log against the keys before its segment, and applies it to `ring`. Tells its kind."""
    kind = record.action[len("immutableaudit:"):]
    need(record.action.startswith("immutableaudit:") and kind in ARGUMENTS, "not a record of the log's own")
    data = members_of(record.data, "no data")
    need(set(data) == {*ARGUMENTS[kind], "note"}, "not the arguments of " + kind)
    values = {}
    for name in ARGUMENTS[kind]:
        if name in ("before", "size"):
            values[name] = data[name].raw if data[name].kind == "number" else text_of(data[name], name)
            need(is_number(values[name]), name)
        else:
            values[name] = text_of(data[name], name)
        need(not any(char < " " for char in values[name]), "a control character in " + name)  # a line for each
    need("root" not in values or is_hex(values["root"], 64), "root")
    need("since" not in values or ticks(values["since"]) is not None, "since")
    text, signatures = read_note(text_of(data["note"], "note"))
    lines = ["immutableaudit/admin/v1", origin, record.action, str(keys_at), *(values[a] for a in ARGUMENTS[kind])]
    need(len(signatures) == 1 and text == "".join(line + "\n" for line in lines), "signed for something else")
    name, key_id, signature = signatures[0]
    der = before.may("admin", key_id)
    need(name == origin and der, "not signed by an admin key in force")
    need(OPENSSL.verifies(der, text.encode(), signature), "the note's signature")
    if "vkey" in values:
        key = read_vkey(values["vkey"], origin)
        if kind == "KeyAdded":
            ring.add(values["role"], key)
        else:
            entry = ring.known(key)
            need(kind == "KeyCompromised" or entry[2], "the key is no longer in force")
            entry[2], entry[3] = False, entry[3] or kind == "KeyCompromised"
    return kind


# ---- Section "When a segment is valid"

OTHER_BYTES = "segment isn't the digest of the segment before"


class State:
    """The log up to a position."""

    def __init__(self):
        self.size, self.leaf, self.digest, self.frontier = 0, ZEROS, ZEROS, []
        self.keys_at, self.ring, self.genesis, self.closed, self.recorded = None, Ring(), None, False, None
        self.segment, self.key = None, None  # the segment before, where it is known

    def take_word_of(self, segment):
        """Behind a hole: what the segment says of the log before it."""
        first = segment.records[0]
        self.size, self.leaf, self.digest, self.frontier = segment.first, first.prev, first.segment, segment.frontier
        self.keys_at, self.recorded, self.segment = first.keys, None, None

    def seals(self, segment, ring=None):
        """Rule 8."""
        need(segment.origin == self.genesis.origin == segment.signature[0], "another log's seal")
        der = (ring or self.ring).may("seal", segment.signature[1])
        need(der, "sealed by a key that isn't in force")
        need(OPENSSL.verifies(der, segment.signed.encode(), segment.signature[2]), "the seal's signature")

    def follows(self, segment):
        """Rules 1 to 5."""
        first = segment.records[0]
        need(not self.closed, "the log was closed", segment.first)
        need(first.prev == self.leaf, "prev isn't the leaf hash of the record before", segment.first - 1)
        need(segment.frontier == self.frontier, "frontier isn't that of the log before", segment.first - 1)
        need(first.segment == self.digest, OTHER_BYTES)
        need(first.keys == self.keys_at, "keys isn't the newest key record", segment.first - 1)

    def accept(self, segment, key):
        """Rule 9, and the step behind the segment."""
        ring, keys_at, closed, before = self.ring.copy(), self.keys_at, False, self.ring
        for record in segment.records:
            need(not closed, "a record behind LogClosed", record.seq)
            if record.seq == 0:
                before, keys_at = ring, 0  # the genesis; Position0 has read it
            elif record.reserved:
                try:
                    kind = apply_admin(record, self.genesis.origin, before, ring, keys_at)
                except Broken as wrong:
                    raise Broken(str(wrong), record.seq) from None
                keys_at = record.seq if kind.startswith("Key") else keys_at
                closed = kind == "LogClosed"
        self.ring, self.keys_at, self.closed = ring, keys_at, closed
        self.size, self.leaf, self.digest = segment.last + 1, segment.records[-1].leaf, segment.digest
        self.frontier, self.segment, self.key = segment.after, segment, key

    def begin(self, segment):
        """Position 0: the genesis, and a key of it that seals."""
        record = segment.records[0]
        need(record.action == "immutableaudit:LogCreated", "record 0 isn't a genesis", 0)
        try:
            self.genesis = Genesis(record.data)
            self.seals(segment, self.genesis.ring)
        except Broken as wrong:
            self.genesis = None
            raise Broken(str(wrong), 0) from None
        self.ring = self.genesis.ring


# ---- Section "What a verifier finds beyond validity"

NAME = re.compile(r"segments/([0-9]{18})-(%s)\.jsonl\.gz" % NUMBER)


def position(name):
    """Section "Objects and their names"."""
    match = NAME.fullmatch(name)
    return int(match.group(2)) if match and int(match.group(1)) + int(match.group(2)) == MAX_NUMBER else None


def read(path):
    """A file's bytes, or Broken where there can be none, or Unreadable."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise Broken("not a file")  # never opened: a pipe would hold us up
        with open(path, "rb") as file:
            return file.read(MAX_STORED + 1)
    except FileNotFoundError:
        raise Broken("a link to nothing") from None
    except OSError as wrong:
        raise Unreadable(wrong.strerror or "unreadable") from None


def listing(directory):
    """Every name under segments/; folders' links aren't followed."""
    root = os.path.join(directory, "segments")
    for folder, folders, files in os.walk(root):
        for name in list(folders):
            path = os.path.join(folder, name)
            short = os.path.relpath(path, directory).replace(os.sep, "/")
            if os.path.islink(path) or position(short) is not None:
                folders.remove(name)
                yield short
        for name in files:
            yield os.path.relpath(os.path.join(folder, name), directory).replace(os.sep, "/")


class Verifier:
    def __init__(self, directory, vkeys=(), checkpoints=(), genesis_hash=None):
        self.directory, self.vkeys, self.checkpoints, self.genesis_hash = directory, vkeys, checkpoints, genesis_hash
        self.findings, self.state, self.records, self.segments = [], State(), 0, 0
        self.ids, self.sealed, self.at_size, self.order = {}, [], {}, []
        self.hash = self.hole = None  # hole: where the last segment that isn't valid stands, if none is valid behind it
        self.unread = False

    def found(self, kind, why, first=None, last=None, key=None, at=None, severity=None):
        self.order.append(MAX_NUMBER if first is None and at is None else first if at is None else at)
        self.findings.append({"kind": kind, "severity": severity or SEVERITY[kind], "object": key, "first": first,
                              "last": first if last is None else last, "message": why})

    def load(self, at):
        return Segment(read(os.path.join(self.directory, *self.names[at].split("/"))), at)

    def run(self):
        self.names = {}
        for name in sorted(listing(self.directory)):
            at = position(name)
            if at is None:
                self.found("StrangeObject", "not a segment's name", key=name)
            else:
                self.names[at] = name
        if self.begin():
            self.walk()
            self.suspects()
            self.heartbeat()
        self.remembered()
        order = sorted(range(len(self.findings)), key=lambda i: self.order[i])
        self.findings = [self.findings[i] for i in order]
        severities = {finding["severity"] for finding in self.findings}
        return "failed" if "Failure" in severities else "unknown" if "Unknown" in severities else "passed"

    def begin(self):
        """Position 0. Without it there is no key, and nothing behind it can be judged."""
        name = self.names.get(0, "segments/%d-0.jsonl.gz" % MAX_NUMBER)
        try:
            need(0 in self.names, "there is none")
            segment = self.load(0)
            self.state.begin(segment)
            self.state.accept(segment, name)
        except Broken as wrong:
            self.found("GenesisInvalid", str(wrong), 0, key=name)
            return False
        except Unreadable as wrong:
            self.found("Unreadable", str(wrong), 0, key=name)
            return False
        self.hash = segment.digest
        self.counted(segment)
        self.trust(segment)
        return True

    def trust(self, segment):
        """NotTrusted: the sealing key or, with a genesis hash, any key of the genesis; under the origin's name."""
        if self.genesis_hash and self.genesis_hash != self.hash:
            self.found("NotTrusted", "another genesis hash", 0, key=self.names[0])
        elif self.vkeys:
            ring = self.state.genesis.ring
            known = {key_id: entry[0] for key_id, entry in ring.keys.items()}
            if not self.genesis_hash:
                known = {segment.signature[1]: known[segment.signature[1]]}
            if not any(vkey.split("+", 1)[0] == segment.origin and known.get(key[0]) == key[1]
                       for vkey, key in ((vkey, read_vkey(vkey)) for vkey in self.vkeys)):
                self.found("NotTrusted", "not sealed by a key that was given", 0, key=self.names[0])

    def walk(self):
        state = self.state
        for at in sorted(self.names):
            if at < state.size:
                if at > 0:
                    self.beside(at)
                continue
            name = self.names[at]
            try:
                segment = self.load(at)
                state.seals(segment)
                need(not state.closed, "the log was closed", at)
            except Broken as wrong:
                # Behind what couldn't be read it may lie inside of it, and that is no failure.
                self.found("SegmentInvalid", str(wrong), wrong.seq, key=name, at=at, severity="Unknown" if self.unread else None)
                self.hole = at if self.hole is None else self.hole
                continue
            except Unreadable as wrong:
                self.found("Unreadable", str(wrong), at, key=name)
                self.hole, self.unread = at if self.hole is None else self.hole, True
                continue
            hole, self.hole, self.unread = self.hole, None, False
            if at > state.size or hole is not None:
                if hole is None or hole > state.size:
                    first = f"segments/{MAX_NUMBER - state.size:018}-{state.size}.jsonl.gz"
                    self.found("RecordsMissing", "nothing is there", state.size, at - 1, first)
                state.take_word_of(segment)
            try:
                state.follows(segment)
            except Broken as wrong:
                # Both are validly sealed. Where the records before are right, it is their bytes that are others.
                if str(wrong) == OTHER_BYTES and state.segment:
                    self.found("SegmentInvalid", str(wrong), state.segment.first, state.segment.last, state.key)
                else:
                    self.found("SegmentInvalid", str(wrong), wrong.seq, key=name)
                state.take_word_of(segment)
            try:
                state.accept(segment, name)
            except Broken as wrong:
                self.found("SegmentInvalid", str(wrong), wrong.seq, key=name)
                self.hole = at
                continue
            self.counted(segment)

    def beside(self, at):
        """A name inside another segment's records."""
        try:
            self.state.seals(self.load(at))
            self.found("MisplacedSegment", "inside another segment's records", at, key=self.names[at])
        except Broken:
            self.found("StrangeObject", "no segment begins here", key=self.names[at])
        except Unreadable as wrong:
            self.found("Unreadable", str(wrong), at, key=self.names[at])

    def counted(self, segment):
        """What is seen in a segment that is valid."""
        self.records += len(segment.records)
        self.segments += 1
        self.sealed.append(segment)
        self.at_size[segment.last + 1] = root_of(segment.after)
        frontier = list(segment.frontier)
        wanted = {size for _, size, _ in self.checkpoints}
        for record in segment.records:
            if wanted:
                append(frontier, record.seq, bytes.fromhex(record.leaf))
                if record.seq + 1 in wanted:
                    self.at_size[record.seq + 1] = root_of(frontier)
            if self.state.recorded is not None and record.recorded < self.state.recorded:
                self.found("RecordedFalls", "recorded is before that of the record before", record.seq,
                           key=self.names[segment.first])
            self.state.recorded = record.recorded
            if self.ids.setdefault(record.id, record.seq) != record.seq:
                self.found("RepeatedId", "the id of record %d" % self.ids[record.id], record.seq,
                           key=self.names[segment.first])

    def suspects(self):
        """In a directory all that a compromised key sealed is suspect: nothing else tells when."""
        runs = []  # segments side by side are one finding
        for segment in self.sealed:
            key_id = segment.signature[1]
            if self.state.ring.keys[key_id][3]:
                if runs and runs[-1][0] == key_id and runs[-1][2] + 1 == segment.first:
                    runs[-1][2] = segment.last
                else:
                    runs.append([key_id, segment.first, segment.last])
        for key_id, first, last in runs:
            self.found("Suspect", "sealed by the compromised key " + key_id, first, last)

    def heartbeat(self):
        state = self.state
        if state.genesis.heartbeat and not state.closed and state.recorded is not None:
            now = ticks(datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f0Z"))
            if now - state.recorded > state.genesis.heartbeat * 10_000_000:
                self.found("HeartbeatMissed", "the log fell silent", state.size - 1)

    def remembered(self):
        """Checkpoints that were given."""
        state = self.state
        for origin, size, root in self.checkpoints:
            if size > state.size:
                self.found("Truncated", "the log ends before a known checkpoint", state.size, size - 1)
            elif size and (origin != state.genesis.origin or self.at_size.get(size, root) != root):
                self.found("HistoryChanged", "another root than a known checkpoint", size - 1)


def main():
    parser = argparse.ArgumentParser(description="Verifies logs in directories.")
    parser.add_argument("directory", nargs="+")
    parser.add_argument("--vkey", action="append", default=[])
    parser.add_argument("--checkpoint", action="append", default=[], help="a file that holds a signed checkpoint")
    parser.add_argument("--genesis-hash")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    try:
        for vkey in given.vkey:
            read_vkey(vkey)
        checkpoints = []
        for path in given.checkpoint:
            with open(path, encoding="utf-8", newline="") as file:
                checkpoints.append(read_checkpoint(read_note(file.read())[0]))
    except (Broken, OSError, UnicodeDecodeError) as wrong:
        parser.error(str(wrong))
    reports, codes = [], []
    try:
        for directory in given.directory:
            log = Verifier(directory, given.vkey, checkpoints, given.genesis_hash)
            result = log.run()
            root = to64(root_of(log.state.frontier)) if log.state.frontier else "-"
            codes.append({"passed": 0, "unknown": 2, "failed": 1}[result])
            reports.append({"directory": directory, "result": result, "records": log.records, "segments": log.segments,
                            "root": root, "origin": log.state.genesis and log.state.genesis.origin,
                            "genesisHash": log.hash, "findings": log.findings})
    finally:
        OPENSSL.close()
    if given.json:
        print(json.dumps(reports if len(reports) > 1 else reports[0], indent=1))
    for report in () if given.json else reports:
        for finding in report["findings"]:
            where = " ".join(str(part) for part in (finding["object"], finding["first"]) if part is not None)
            print(f"{finding['kind']} {finding['severity']} {where}: {finding['message']}")
        print(f"{report['result']} {report['records']} records {report['segments']} segments root {report['root']}")
    return 1 if 1 in codes else max(codes)


if __name__ == "__main__":
    sys.exit(main())
