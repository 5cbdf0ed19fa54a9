"""Counts CloudTrail entries by what a query asks, from the files as CloudTrail wrote them.

Reads no log and knows nothing of ours: what Search-AuditEvent finds among the same entries is compared with this.
Prints one JSON object: the name of each query, and how many entries match.
"""
import fnmatch
import gzip
import json
import pathlib
import sys


def entries(folder):
    for path in sorted(pathlib.Path(folder).glob("*.json*")):
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
        yield from json.loads(data)["Records"]


def action(entry):
    return entry["eventSource"].removesuffix(".amazonaws.com") + ":" + entry["eventName"]


def actor_ids(entry):
    identity = entry.get("userIdentity") or {}
    for name in ("arn", "principalId", "userName", "invokedBy", "accountId"):
        if identity.get(name):
            yield identity[name]
            return


def is_denied(entry):
    code = (entry.get("errorCode") or "").rpartition(".")[2].lower()
    return code in ("accessdenied", "accessdeniedexception", "unauthorizedoperation", "authfailure", "forbidden")


QUERIES = {
    "action-exact": lambda e: action(e).lower() == "s3:getbucketacl",
    "action-wildcard": lambda e: fnmatch.fnmatchcase(action(e).lower(), "kms:*"),
    "action-question": lambda e: fnmatch.fnmatchcase(action(e).lower(), "sts:?ssumerole"),
    "actor-wildcard": lambda e: any(fnmatch.fnmatchcase(a.lower(), "arn:aws:sts::*") for a in actor_ids(e)),
    "time": lambda e: "2023-07-10T12:10:00Z" <= e["eventTime"] < "2023-07-10T12:20:00Z",
    "both": lambda e: action(e).lower().startswith("iam:") and e["eventTime"] >= "2023-07-10T12:00:00Z",
    "denied": is_denied,
    "text": lambda e: "us-west-2" in json.dumps(e).lower(),
}

if __name__ == "__main__":
    found = dict.fromkeys(QUERIES, 0)
    found["all"] = 0
    for entry in entries(sys.argv[1]):
        found["all"] += 1
        for name, query in QUERIES.items():
            found[name] += bool(query(entry))
    print(json.dumps(found))
