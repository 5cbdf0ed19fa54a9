#!/usr/bin/env python3
"""A small reader of C2SP tlog-tiles: recomputes a whole log from what a static server would serve.

    tiles.py DIRECTORY --vkey K

Reads `checkpoint`, checks its signature (ECDSA P-256, type 2, by the command `openssl`), recomputes every tile of every
level from the entries, and the root from the tiles. Prints `ok N entries root R`, or what is wrong, with exit code 1.
Written from the specifications of C2SP alone: tlog-tiles, tlog-checkpoint, signed-note. It knows nothing of records.
"""
import argparse
import base64
import hashlib
import os
import re
import subprocess
import sys
import tempfile


def fail(why):
    print(why)
    sys.exit(1)


def leaf(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def tree(hashes):
    """RFC 6962, over hashes of one level."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return node(tree(hashes[:split]), tree(hashes[split:]))


def number(index):
    groups = ["%03d" % (index % 1000)]
    while index >= 1000:
        index //= 1000
        groups.insert(0, "x%03d" % (index % 1000))
    return "/".join(groups)


def read(folder, level, index, width):
    path = "tile/%s/%s" % (level, number(index)) + ("" if width == 256 else ".p/%d" % width)
    try:
        with open(os.path.join(folder, path), "rb") as file:
            return path, file.read()
    except FileNotFoundError:
        fail("%s isn't there" % path)


def widths(count):
    """Index and width of every tile of a level with so many hashes."""
    return [(i, min(256, count - i * 256)) for i in range((count + 255) // 256)]


def entries(folder, size):
    for index, width in widths(size):
        path, data = read(folder, "entries", index, width)
        at = 0
        for _ in range(width):
            length = int.from_bytes(data[at:at + 2], "big")
            entry = data[at + 2:at + 2 + length]
            if len(data) < at + 2 or len(entry) != length:
                fail("%s ends in the middle of an entry" % path)
            at += 2 + length
            yield entry
        if at != len(data):
            fail("%s has more than %d entries" % (path, width))


def checkpoint(folder, vkey):
    with open(os.path.join(folder, "checkpoint"), encoding="utf-8", newline="") as file:
        note = file.read()
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    name, key_id, key = vkey.split("+", 2)
    der = base64.b64decode(key)
    if der[:1] != b"\2" or hashlib.sha256(der[1:]).hexdigest()[:8] != key_id:
        fail("the key isn't an ECDSA key of this id")
    for line in signatures.splitlines():
        match = re.fullmatch("— (\\S+) (\\S+)", line)
        signature = base64.b64decode(match.group(2)) if match else b""
        if match and match.group(1) == name and signature[:4].hex() == key_id:
            verify(text, der[1:], signature[4:])
            break
    else:
        fail("the key didn't sign the checkpoint")
    lines = text.split("\n")
    if lines[0] != name or len(lines) < 4 or str(int(lines[1])) != lines[1]:
        fail("the checkpoint isn't one")
    return int(lines[1]), base64.b64decode(lines[2])


def verify(text, der, signature):
    with tempfile.TemporaryDirectory() as folder:
        for name, data in (("key", der), ("signature", signature), ("text", text.encode())):
            with open(os.path.join(folder, name), "wb") as file:
                file.write(data)
        done = subprocess.run(
            ["openssl", "dgst", "-sha256", "-verify", "key", "-keyform", "DER", "-signature", "signature", "text"],
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        if done.returncode:
            fail("the checkpoint's signature is wrong")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    parser.add_argument("--vkey", required=True)
    args = parser.parse_args()
    size, root = checkpoint(args.directory, args.vkey)
    hashes = [leaf(entry) for entry in entries(args.directory, size)]
    computed = tree(hashes)
    level = 0
    while hashes:
        for index, width in widths(len(hashes)):
            path, data = read(args.directory, level, index, width)
            if data != b"".join(hashes[index * 256:index * 256 + width]):
                fail("%s isn't what the entries say" % path)
        hashes = [tree(hashes[i * 256:i * 256 + 256]) for i in range(len(hashes) // 256)]
        level += 1
    if computed != root:
        fail("the entries fold to %s, and the checkpoint says %s" % (base64.b64encode(computed).decode(), base64.b64encode(root).decode()))
    print("ok %d entries root %s" % (size, base64.b64encode(root).decode()))


if __name__ == "__main__":
    main()
