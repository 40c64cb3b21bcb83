# SPDX-License-Identifier: GPL-2.0-only
"""Cases and what their headers declare.

A case is an executable file test/cases/FOLDER/NAME.sh (or .py).  NAME is unique among all folders: it
is what `test/vm/run --case`, the results and the mutants use.  The folders lib (shell libraries), peer
and prog (programs for the second machine and for the cases) have no cases.  The first lines of a case
may say, as comments:

    group: NAME         cases of one group share a VM, its boots and the contents of PRAM
                        (default: the name of the case)
    kernels: A B        the kernels it runs on (default: everyday debug)
    long: A B           of these, the kernels on which it runs only with --long or --all
    rare: A B           of these, the kernels on which it runs only with --all
    needs: A B          options of the kernel's configuration; it does not run on a kernel without them
    timeout: S          seconds a stage may take on the everyday kernel (default: 60)
    next: A B ...       the kernels to start by kexec after stage 1, 2, ...; the last one is used for all
                        later stages (default: next; if the first kernel is debug, kasan or cloud, it replaces next)
    boot: bare          the VM runs only the agent, without systemd (default: systemd)
    append: WORDS       added to the first kernel's command line
    next-append: WORDS  added to the next kernels' command line
    scratch: SIZE       pram_scratch= of the VM
    memory: SIZE        of the VM, as QEMU writes it (default: 2G; with boot: bare 1G)
    qemu: WORDS         more arguments for QEMU
    clock: counted      the VM's time advances with the number of executed instructions: slow, but reproducible
    peer: FILE          a second machine runs test/cases/peer/FILE for as long as the group's machine exists;
                        the two share a network (see peer.py)
    leaves: yes         the case itself reboots the machine, so it runs as the last one of its group
    allow-log: REGEX    lines of the kernel log that are expected (may be given several times)
"""

import re
from dataclasses import dataclass, field

from .paths import CASES, VARIANTS

# Folders of test/cases that contain no cases.
NO_CASES = {"lib", "peer", "prog"}

KEYS = {"group", "kernels", "long", "rare", "needs", "timeout", "next", "boot", "append", "next-append", "scratch",
	"memory", "qemu", "clock", "peer", "leaves", "allow-log"}
# Keys that must have the same value in all cases of a group.
SHARED = ("boot", "next", "append", "next-append", "scratch", "memory", "qemu", "clock", "peer")


class BadCase(Exception):
	"""The header of a case is invalid."""


@dataclass
class Case:
	name: str
	folder: str
	group: str
	kernels: list
	long: list
	rare: list
	needs: list
	timeout: int
	leaves: bool
	allowed: list
	shared: dict


@dataclass
class Group:
	name: str
	cases: list = field(default_factory=list)
	shared: dict = field(default_factory=dict)

	def allowed(self):
		return [p for c in self.cases for p in c.allowed]

	def weight(self):
		"""Groups are sorted by this, longest first, so that no long group runs alone at the end."""
		return sum(c.timeout for c in self.cases)

	def jumps(self, kernel):
		"""The kernels to start after stage 1, 2, ..., if `kernel` is the first one."""
		names = self.shared.get("next", "next").split()
		same = kernel in ("debug", "kasan", "cloud")
		return [kernel if same and n in ("next", "everyday") else n for n in names]


def header(path):
	"""Yields the key-value pairs in the comment at the top of a case."""
	with path.open(encoding="utf-8") as f:
		for line in f:
			if not line.startswith("#"):
				break
			m = re.match(r"#\s*([a-z-]+):\s*(.*?)\s*$", line)
			if m and m[1] in KEYS:
				yield m[1], m[2]


def parse(path):
	values = {"allow-log": []}
	for key, value in header(path):
		if key == "allow-log":
			values[key].append(re.compile(value))
		elif key in values:
			raise BadCase(f"{path.name}: {key} is given twice")
		else:
			values[key] = value
	kernels = values.get("kernels", "everyday debug").split()
	long = values.get("long", "").split()
	rare = values.get("rare", "").split()
	for kernel in kernels + long + rare + values.get("next", "").split():
		if kernel not in VARIANTS:
			raise BadCase(f"{path.name}: no kernel is called {kernel}")
	return Case(name=path.stem, folder=path.parent.name, group=values.get("group", path.stem), kernels=kernels,
		    long=long, rare=rare, needs=values.get("needs", "").split(),
		    timeout=int(values.get("timeout", 60)), leaves=values.get("leaves") == "yes",
		    allowed=values["allow-log"],
		    shared={k: values[k] for k in SHARED if k in values})


def scripts(directory):
	return sorted(p for p in directory.iterdir() if p.suffix in (".sh", ".py"))


def folders():
	"""The folders of test/cases that contain cases."""
	for path in scripts(CASES):
		raise BadCase(f"{path.name} belongs in one of the folders of test/cases")
	return sorted(p for p in CASES.iterdir() if p.is_dir() and p.name not in NO_CASES)


def load(directory=None):
	"""All cases, or those of one directory, by name."""
	found = {}
	for path in (p for d in ([directory] if directory else folders()) for p in scripts(d)):
		if not path.stat().st_mode & 0o100:
			raise BadCase(f"{path} is not executable")
		if path.stem in found:
			raise BadCase(f"{path} and {found[path.stem]} have the same name")
		found[path.stem] = path
	return [parse(found[name]) for name in sorted(found)]


def groups(cases):
	"""Puts cases into groups.  Cases that reboot the machine themselves are last in their group."""
	out = {}
	for case in sorted(cases, key=lambda c: (c.leaves, c.name)):
		group = out.setdefault(case.group, Group(case.group))
		group.cases.append(case)
		for key, value in case.shared.items():
			if group.shared.setdefault(key, value) != value:
				raise BadCase(f"{case.name}: {key} differs within group {group.name}")
	return list(out.values())
