#!/usr/bin/env python3
"""Asks ansible-core what it makes of the inventories in cases.json, and writes its answers back into the file.

Run it with a Python that has ansible-core 2.18: record.py cases.json
"""
import json
import os
import pathlib
import sys
import tempfile

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.manager import VariableManager

MAGIC = ("ansible_", "group_names", "groups", "inventory_hostname", "omit", "playbook_dir", "inventory_dir",
         "inventory_file")


def answer(case, root):
    for name, text in case["files"].items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if text.startswith("#!"):
            path.chmod(0o755)
    os.chdir(root)
    loader = DataLoader()
    loader.set_basedir(str(root / "project"))
    # Absolute, because ansible-core remembers directories by the name they were given.
    sources = [source if "," in source else str(root / source) for source in case["sources"]]
    inventory = InventoryManager(loader=loader, sources=sources)
    variables = VariableManager(loader=loader, inventory=inventory)
    hosts = {}
    for host in [*inventory.hosts.values(), inventory.get_host("localhost")]:
        found = variables.get_vars(host=host, include_hostvars=False)
        keep = ("ansible_port", "ansible_host")
        hosts[host.name] = {key: value for key, value in found.items() if key in keep or not key.startswith(MAGIC)}
    patterns = {pattern: [host.name for host in inventory.get_hosts(pattern)] for pattern in case["patterns"]}
    inventory.subset(case.get("limit"))
    limited = [host.name for host in inventory.get_hosts("all")]
    return {"hosts": hosts, "groups": inventory.get_groups_dict(), "patterns": patterns, "limited": limited}


def main():
    path = pathlib.Path(sys.argv[1]).resolve()
    cases = json.loads(path.read_text())
    for case in cases:
        with tempfile.TemporaryDirectory() as root:
            case["answer"] = answer(case, pathlib.Path(root))
    path.write_text(json.dumps(cases, indent=1) + "\n")


main()
