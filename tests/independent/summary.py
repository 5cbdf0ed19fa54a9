#!/usr/bin/env python3
"""Counts the events of a folder of CloudTrail files, straight from the files: what Get-AuditSummary has to agree with.

usage: summary.py FOLDER

Prints one JSON object: what was counted by, then each value (an empty one for none), then count, success, failure, denied,
the first and the last second. How an event becomes an actor, an action and an outcome is in docs/architecture.md.
"""
import collections
import json
import pathlib
import sys

DENIED = {
    "accessdenied", "accessdeniedexception", "allaccessdisabled", "unauthorizedoperation", "unauthorizedaccess",
    "unauthorizedexception", "notauthorized", "notauthorizedexception", "authorizationerror", "authfailure", "forbidden",
    "forbiddenexception",
}


def outcome(event):
    code = event.get("errorCode")
    if code is not None:
        return "Denied" if code.split(".")[-1].lower() in DENIED else "Failure"
    answer = event.get("responseElements") or {}
    return "Failure" if answer.get("ConsoleLogin") == "Failure" else "Success"


def actor(event):
    identity = event.get("userIdentity") or {}
    for name in ("arn", "principalId", "userName", "invokedBy", "accountId"):
        if identity.get(name) is not None:
            return identity[name]
    return ""


def main():
    counts = collections.defaultdict(dict)
    for file in sorted(pathlib.Path(sys.argv[1]).glob("*.json")):
        for event in json.loads(file.read_text(encoding="utf-8"))["Records"]:
            time, ended = event["eventTime"], outcome(event)
            values = {
                "Actor": actor(event),
                "Action": event["eventSource"].removesuffix(".amazonaws.com") + ":" + event["eventName"],
                "Outcome": ended,
                "Ip": event.get("sourceIPAddress") or "",
                "Hour": time[:10] + " " + time[11:13] + ":00",
                "Day": time[:10],
                "Month": time[:7],
            }
            for by, value in values.items():
                row = counts[by].setdefault(value, [0, 0, 0, 0, time, time])
                row[0] += 1
                row[("Success", "Failure", "Denied").index(ended) + 1] += 1
                row[4], row[5] = min(row[4], time), max(row[5], time)
    json.dump(counts, sys.stdout)


main()
