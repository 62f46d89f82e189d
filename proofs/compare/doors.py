"""Asks the Python package the questions of worlds, and compares its answers with the model's: `decide`, `decide_many`, `explain`,
`locate`, `sweep` and `change_to`. See src/doors.rs.

    doors.py FOLDER
"""

import json
import sys
from ipaddress import IPv6Address
from pathlib import Path

from bailiwick import Atlas, Policy


class World:
    def __init__(self, folder):
        sources, excluding, self.questions, self.has_change = [], [], [], False
        minimum = 1
        for line in (folder / "world").read_text().splitlines():
            kind, *fields = line.split("\t")
            if kind == "min_sources":
                minimum = int(fields[0])
            elif kind == "source" and fields[0].startswith("exclude:"):
                excluding.append(fields[0].removeprefix("exclude:"))
            elif kind == "source":
                sources.append(fields[0])
            elif kind == "change":
                self.has_change = True
            else:
                self.questions.append(fields)
        self.answers = (folder / "answers").read_text().splitlines()
        self.policy = Policy.open(folder / "orders.json", Atlas(sources, min_sources=minimum, exclude=excluding))

    def compare(self, folder):
        # The answer about the change is the last one.
        answers = self.answers[:-1] if self.has_change else self.answers
        for fields, expected in zip(self.questions, answers, strict=True):
            meeting, host, address, home, at = fields
            account, address, at = None if host == "-" else host, IPv6Address(bytes.fromhex(address)), int(at)
            question = {"host_region": home, "account": account, "at": at}
            explanation = self.policy.explain(meeting, address, **question)
            reasons = [f"{order['id']}={order['reason']}" for order in explanation.to_dict()["orders"]]
            decision = self.policy.decide(meeting, address, **question)
            answer = [self.policy.locate(address), decision.kind, ",".join(decision.orders), decision.domestic_order or "-", ",".join(reasons)]
            many = self.policy.decide_many([meeting], [address], [home], [account], at)
            sweep = self.policy.sweep(meeting, home, {"somebody": address}, account, at)
            removed = sweep.to_remove == ["somebody"]
            if "\t".join(answer) != expected or explanation.decision != decision or list(many) != [decision.kind] or removed == decision.admits:
                sys.exit(f"{folder}: {fields}\n  model:  {expected}\n  Python: {answer}, {many!r}, {removed}")
        return len(self.questions)


def main(folder):
    asked, changes, before = 0, 0, None
    for n in range(sum(1 for _ in folder.iterdir())):
        world = World(folder / str(n))
        asked += world.compare(folder / str(n))
        if world.has_change:
            change = before.policy.change_to(world.policy)
            answer = "\t".join(json.dumps(part) for part in (change.is_empty, change.widens, change.releases))
            if answer != world.answers[-1]:
                sys.exit(f"{folder / str(n)}: the change\n  model:  {world.answers[-1]}\n  Python: {answer}")
            changes += 1
        before = world
    print(f"{asked} answers and {changes} changes of the Python package are the model's")


main(Path(sys.argv[1]))
