#!/usr/bin/env python3
"""A second checker of evidence packages, after docs/evidence.md and docs/log-format.md. It shares no code with the product.

    evidence.py ZIP... [--vkey K]... [--genesis-hash H] [--origin O] [--root PEM] [--json]

Prints for each zip what is wrong with it, then `passed|unknown|failed|refused` and the records that are proven.
Needs Python 3.8 or later and the command `openssl`; reads records and segments with verify.py beside it.
"""
import argparse
import datetime
import hashlib
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import zlib

import verify
from verify import Broken, OPENSSL, Record, Segment, State, need, node, read_checkpoint, read_note, read_vkey, un64

NAME = re.compile(r"[A-Za-z0-9._/-]{1,200}")
NUMBER = "(0|[1-9][0-9]{0,17})"
KINDS = {kind: re.compile(pattern % NUMBER) for kind, pattern in {
    "record": r"records/%s\.json", "proof": r"proofs/%s\.tlog-proof", "segment": r"log/%s\.jsonl\.gz", "anchor": r"log/%s\.json",
    "continuation": r"continuations/%s\.txt", "stamped": r"timestamps/%s\.txt", "root": r"timestamps/root-%s\.cer",
    "token": r"timestamps/%s-[0-9a-f]{16}\.tsr"}.items()}
FIXED = {"README.txt", "manifest.json", "checkpoint.txt", "keys.txt", "retention.json", "verification.json"}


class Refused(Exception):
    """Not a package."""


def demand(condition, why):
    if not condition:
        raise Refused(why)


def unzip(data):
    """Section "The zip"."""
    demand(len(data) >= 22 and data[-22:-18] == b"PK\5\6", "no end record at the end")
    disk, at_disk, here, count, size, begin, comment = struct.unpack("<4H2LH", data[-18:])
    demand(disk == at_disk == comment == 0 and here == count <= 65_000 and begin + size == len(data) - 22, "the end record")
    files, folded, at, entry, total = {}, set(), 0, begin, 0
    for _ in range(count):
        demand(data[entry:entry + 4] == b"PK\1\2" and entry + 46 <= len(data) - 22, "the directory")
        shared = data[entry + 6:entry + 32]
        _, flags, method, _, _, crc, packed, full, length, extra = struct.unpack("<5H3L2H", shared)
        note, part, _, _, offset = struct.unpack("<3H2L", data[entry + 32:entry + 46])
        name = data[entry + 46:entry + 46 + length].decode("latin-1")
        demand(flags & ~0x800 == 0 and method in (0, 8) and extra == note == part == 0, "packed in another way")
        demand(NAME.fullmatch(name) and all(p and p[0] != "." and p[-1] != "." for p in name.split("/")), "a name")
        demand(name.lower() not in folded, "a name twice")
        total += full
        demand(full <= 17 << 20 and total <= 2 << 30 and (method == 8 or packed == full), "a size")
        demand(offset == at and data[at:at + 4] == b"PK\3\4" and data[at + 4:at + 30] == shared, "a local header")
        demand(data[at + 30:at + 30 + length].decode("latin-1") == name, "a local name")
        at += 30 + length
        content = data[at:at + packed]
        at += packed
        demand(at <= begin, "an entry reaches into the directory")
        if method == 8:
            inflate = zlib.decompressobj(-15)
            try:
                content = inflate.decompress(content, full + 1)
            except zlib.error:
                raise Refused("damaged") from None
            demand(inflate.eof and not inflate.unused_data and not inflate.unconsumed_tail, "not one stream")
        demand(len(content) == full and zlib.crc32(content) == crc, "the CRC")
        folded.add(name.lower())
        files[name] = content
        entry += 46 + length
    demand(at == begin and entry == len(data) - 22, "something between")
    return files


def included(leaf, index, size, hashes, root):
    """RFC 9162, 2.1.3.2."""
    fn, sn, r = index, size - 1, leaf
    for p in hashes:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = node(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def continued(first, first_root, second, second_root, hashes):
    """RFC 9162, 2.1.4.2."""
    if first == second:
        return not hashes and first_root == second_root
    if not 0 < first < second:
        return False
    path = ([first_root] if first & (first - 1) == 0 else []) + hashes
    if not path:
        return False
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == first_root and sr == second_root


def read_proof(content, header):
    """The hashes and the note of a proof whose first lines are given."""
    text = content.decode("utf-8")
    head, empty, note = text.partition("\n\n")
    lines = head.split("\n")
    if lines[0].startswith("c2sp.org/") and len(lines) > 1 and lines[1].startswith("extra "):
        need(un64(lines[1][6:]) is not None, "extra")
        del lines[1]
    need(empty and lines[:len(header)] == header and len(lines) - len(header) <= 128, "not this proof")
    hashes = [un64(line) for line in lines[len(header):]]
    need(all(value is not None and len(value) == 32 for value in hashes), "a hash")
    return hashes, note


class Package:
    def __init__(self, path, given):
        self.given, self.found, self.proven, self.result = given, [], [], "passed"
        with open(path, "rb") as file:
            self.files = unzip(file.read())
        self.checkpoint = self.note = None

    def fail(self, why, result="failed"):
        self.found.append(why)
        if result == "failed" or self.result == "passed":
            self.result = result

    def numbers(self, kind):
        return sorted(int(match.group(1)) for match in map(KINDS[kind].fullmatch, self.files) if match)

    def run(self):
        self.manifest()
        try:
            self.genesis()
            self.trail()
            self.sealed()
            for segment in self.segments:
                self.history(segment.size, segment.root)
            good = True
        except (Broken, KeyError, UnicodeDecodeError) as wrong:
            self.fail("keys and checkpoint: %s" % wrong)
            good = False
        times = self.timestamps() if good else []
        self.records(good, times)
        return self

    def manifest(self):
        """Step 1."""
        demand("manifest.json" in self.files, "no manifest")
        try:
            manifest = json.loads(self.files["manifest.json"].decode("utf-8"))
            demand(manifest["format"] == 1, "another format")
            listed = {file["name"]: file for file in manifest["files"]}
            self.origin, count, twice = manifest["origin"], manifest["records"], len(listed) != len(manifest["files"])
            self.expected = {name: (file["size"], file["sha256"]) for name, file in listed.items()}
            _ = [manifest["exporter"][name] for name in ("location", "made", "by", "note", "selection", "unknown")]
        except (ValueError, KeyError, TypeError, AttributeError) as wrong:
            raise Refused("the manifest: %s" % wrong) from None
        if twice or count != len(self.numbers("record")):
            self.fail("the manifest's counts")
        for name, content in self.files.items():
            if name == "manifest.json":
                continue
            if self.expected.pop(name, None) != (len(content), hashlib.sha256(content).hexdigest()):
                self.fail("%s isn't as listed" % name)
            if name not in FIXED and not any(kind.fullmatch(name) for kind in KINDS.values()):
                self.fail("%s is no file of a package" % name)
        for name in self.expected:
            self.fail("%s isn't there" % name)

    def genesis(self):
        """Step 2."""
        first = Segment(self.files["log/0.jsonl.gz"], 0)
        self.state, self.segments, self.spans = State(), [first], {}
        self.state.begin(first)
        self.ring_before = self.state.ring
        self.accept(first)
        genesis = self.state.genesis
        sealer = first.signature[1]
        self.tolerance = int(dict((n.raw, v) for n, v in first.records[0].data.members)['"tolerance"'].raw)
        given = [read_vkey(key) for key in self.given.vkey if key.split("+")[0] == genesis.origin]
        pinned = self.given.genesis_hash
        may = {sealer} | ({i for i, key in genesis.ring.keys.items() if "admin" in key[1]} if pinned else set())
        if self.given.vkey and not any(key_id in may and genesis.ring.keys[key_id][0] == der for key_id, der in given):
            self.fail("not sealed by a trusted key")
        if (pinned and pinned.lower() != first.digest) or (self.given.origin and self.given.origin != genesis.origin):
            self.fail("another log")
        if self.origin != genesis.origin:
            self.fail("the manifest is of another log")

    def accept(self, segment):
        before = self.state.ring.copy()
        known = set(before.keys) if segment.first else set()
        self.state.accept(segment, None)
        # Step 8: where each key may have sealed.
        for key_id, (_, _, in_force, _) in self.state.ring.keys.items():
            span = self.spans.setdefault(key_id, [0 if key_id not in known and not segment.first else segment.first, None])
            if not in_force and span[1] is None:
                span[1] = segment.last + 1
        for record in segment.records:
            if record.reserved and record.action.endswith(("KeyAdded", "KeyCompromised")):
                values = verify.members_of(record.data, "data")
                key_id = read_vkey(verify.text_of(values["vkey"], "vkey"))[0]
                if record.action.endswith("KeyAdded"):
                    if key_id not in known:
                        self.spans[key_id][0] = record.seq
                        known.add(key_id)
                else:
                    since = verify.ticks(verify.text_of(values["since"], "since"))
                    self.spans[key_id].append(since)

    def trail(self):
        """Step 3."""
        for first in self.numbers("segment")[1:]:
            segment = Segment(self.files["log/%d.jsonl.gz" % first], first)
            need(first >= self.state.size and not self.state.closed, "a segment inside another")
            need(segment.records[0].keys == self.state.keys_at, "a key record was left out before %d" % first)
            self.state.seals(segment)
            self.ring_before = self.state.ring
            self.accept(segment)
            self.segments.append(segment)

    def sealed(self):
        """Step 4."""
        self.note = self.files["checkpoint.txt"].decode("utf-8")
        text, signatures = read_note(self.note)
        self.checkpoint = read_checkpoint(text)
        origin, size, root = self.checkpoint
        last, ring = self.segments[-1], self.state.ring
        if last.size == size:
            need(last.note == self.note, "the checkpoint isn't the seal's")
            ring = self.ring_before
        else:
            need(len(self.numbers("anchor")) == 1, "no first record of the checkpoint's segment")
            first = self.numbers("anchor")[0]
            line = self.files["log/%d.json" % first]
            record = Record(line)
            need(record.seq == first and record.segment is not None, "it isn't the first of a segment")
            need(last.size <= first < size and first // 16_384 == (size - 1) // 16_384, "where it stands")
            need(record.keys == self.state.keys_at, "a key record was left out at the end")
            self.prove(first, record)
        need(origin == self.state.genesis.origin and len(signatures) == 1 and signatures[0][0] == origin, "the checkpoint")
        der = ring.may("seal", signatures[0][1])
        need(der and OPENSSL.verifies(der, text.encode(), signatures[0][2]), "the checkpoint's signature")
        match = re.fullmatch(r"log (\S+)\nquorum none\n", self.files["keys.txt"].decode("utf-8"))
        if not match or read_vkey(match.group(1), origin) != (signatures[0][1], der):
            self.fail("keys.txt")

    def prove(self, number, record):
        hashes, note = read_proof(self.files["proofs/%d.tlog-proof" % number], ["c2sp.org/tlog-proof@v1", "index %d" % number])
        need(note == self.note, "under another checkpoint")
        _, size, root = self.checkpoint
        need(number < size and included(bytes.fromhex(record.leaf), number, size, hashes, root), "it doesn't fold to the root")

    def history(self, size, root):
        """Step 5."""
        if (size, root) == self.checkpoint[1:]:
            return
        hashes, note = read_proof(self.files["continuations/%d.txt" % size], ["old %d" % size])
        need(note == self.note and continued(size, root, self.checkpoint[1], self.checkpoint[2], hashes), "not continued from %d" % size)

    def records(self, good, times):
        """Steps 6 and 8."""
        numbers = self.numbers("record")
        if not numbers or set(self.numbers("proof")) - set(numbers) - set(self.numbers("anchor")):
            self.fail("records are missing")
        for number in numbers:
            try:
                need(good, "the checkpoint isn't good")
                record = Record(self.files["records/%d.json" % number])
                need(record.seq == number, "another number")
                self.prove(number, record)
            except (Broken, KeyError, UnicodeDecodeError) as wrong:
                self.fail("record %d: %s" % (number, wrong))
                continue
            self.proven.append(number)
            for key_id, span in self.spans.items():
                if len(span) < 3 or "seal" not in self.state.ring.keys[key_id][1] or not span[0] <= number < span[1]:
                    continue
                limit = min(span[2:]) - self.tolerance * 10_000_000
                if not any(size > number and time < limit for size, time in times):
                    self.fail("record %d is suspect" % number, "unknown")

    def timestamps(self):
        """Step 7: (size, time and accuracy in ticks) of each trusted token."""
        times = []
        for name in self.files if self.given.root else ():
            match = KINDS["token"].fullmatch(name)
            if not match:
                continue
            try:
                size = int(match.group(1))
                need(("-%s." % hashlib.sha256(self.files[name]).hexdigest()[:16]) in name, "its name is another's")
                note = self.files["timestamps/%d.txt" % size].decode("utf-8")
                text, signatures = read_note(note)
                origin, stamped, root = read_checkpoint(text)
                need((origin, stamped, len(signatures)) == (self.state.genesis.origin, size, 1), "not this log's")
                key = self.state.ring.keys.get(signatures[0][1])
                need(key and OPENSSL.verifies(key[0], text.encode(), signatures[0][2]), "its checkpoint's signature")
                self.history(size, root)
                times.append((size, self.token(self.files[name], note)))
            except (Broken, KeyError, UnicodeDecodeError) as wrong:
                self.found.append("%s: %s" % (name, wrong))
        return times

    def token(self, token, note):
        with tempfile.TemporaryDirectory() as folder:
            paths = [os.path.join(folder, name) for name in ("token", "note")]
            for path, content in zip(paths, (token, note.encode())):
                with open(path, "wb") as file:
                    file.write(content)
            told = subprocess.run(["openssl", "ts", "-reply", "-token_in", "-in", paths[0], "-token_out", "-text"],
                                  capture_output=True, check=False).stdout.decode("latin-1")
            match = re.search(r"Time stamp: (.*?) GMT", told)
            need(match, "not a token")
            words = match.group(1).split()
            seconds = words[2].split(".")
            time = datetime.datetime.strptime(" ".join([words[0], words[1], seconds[0], words[3]]), "%b %d %H:%M:%S %Y")
            moment = int(time.replace(tzinfo=datetime.timezone.utc).timestamp())
            run = subprocess.run(["openssl", "ts", "-verify", "-token_in", "-in", paths[0], "-data", paths[1], "-CAfile",
                                  self.given.root, "-attime", str(moment)], capture_output=True, check=False)
            need(run.returncode == 0, "openssl doesn't verify it")
        accuracy = re.search(r"Accuracy: (0x[0-9A-Fa-f]+|unspecified) seconds", told)
        exact = verify.ticks(time.strftime("%Y-%m-%dT%H:%M:%S.") + (seconds[1] if len(seconds) > 1 else "").ljust(7, "0") + "Z")
        return exact + (int(accuracy.group(1), 16) * 10_000_000 if accuracy and accuracy.group(1) != "unspecified" else 0)


def main():
    parser = argparse.ArgumentParser(description="Checks evidence packages.")
    parser.add_argument("zip", nargs="+")
    parser.add_argument("--vkey", action="append", default=[])
    parser.add_argument("--genesis-hash")
    parser.add_argument("--origin")
    parser.add_argument("--root", help="a PEM file with the roots of trusted timestamping authorities")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    reports = []
    try:
        for path in given.zip:
            try:
                package = Package(path, given).run()
                reports.append({"path": path, "result": package.result, "proven": package.proven, "found": package.found})
            except Refused as wrong:
                reports.append({"path": path, "result": "refused", "proven": [], "found": [str(wrong)]})
    finally:
        OPENSSL.close()
    if given.json:
        print(json.dumps(reports))
    for report in () if given.json else reports:
        for found in report["found"]:
            print("%s: %s" % (report["path"], found))
        print("%s %s, proven: %s" % (report["result"], report["path"], " ".join(map(str, report["proven"]))))
    return 0 if all(report["result"] == "passed" for report in reports) else 1


if __name__ == "__main__":
    sys.exit(main())
