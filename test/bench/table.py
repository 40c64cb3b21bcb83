# SPDX-License-Identifier: GPL-2.0-only
"""Makes the table of the benchmarks from the measurements."""

from statistics import median

HEAD = """\
One virtual machine, emulated (no KVM): only the ratios are meaningful, not the absolute times.
The values are the minimum of all rounds; ratios are relative to CRIU. Times in s, memory in MiB.

CRIU     criu dump -t PID -D TMPFS; criu restore -d, rm of images
files    pramctl checkpoint, restore without the plugin: CRIU's images move through PRAM
plugin   criu dump --lib; criu restore -d --lib, rm of images
peak     largest use of memory during the operation, in addition to the memory of the process
at rest  memory in use between dump and restore: with CRIU and files the images, with the plugin the
         memory of the process, which stays in place
more     at rest: memory in use in addition to the memory of the process, relative to that"""
FOOT = """\
The time of a boot, from just before kexec -e: with 1 GiB preserved as every second page of 4 KiB, and with none."""


GROWTH = """\
A service with many processes, descriptors, TCP connections (both ends) or mappings, in two sizes."""

OUTAGE = """\
The outage of a service, from its last beat to the next one, compared with a plain kexec that restarts the service."""


class Rounds:
	"""The values of one measurement in all rounds."""

	def __init__(self, rows, **wanted):
		self.values = [r["value"] for r in rows if all(r[k] == v for k, v in wanted.items())]

	def __bool__(self):
		return bool(self.values)

	def least(self):
		return min(self.values)

	def text(self, digits):
		return f"{min(self.values):8.{digits}f} {median(self.values):8.{digits}f}"


def ratio(ours, theirs):
	return f"{ours / theirs:6.2f}" if theirs else f"{'-':>6}"


SYSTEMS = ("criu", "pram", "plugin")


def size_lines(rows, mib, pages):
	def get(system, what):
		return Rounds(rows, system=system, MiB=mib, pages=pages, what=what)

	for what, text, digits in (("dump", "dump", 2), ("restore", "restore", 2),
				   ("dump-peak", "dump: peak", 1), ("rest", "at rest", 1),
				   ("restore-peak", "restore: peak", 1)):
		all_of = [get(system, what) for system in SYSTEMS]
		if not all(all_of):
			continue
		least = [values.least() for values in all_of]
		yield f"{mib:>5} {pages:>4}  {text:14}" + "".join(f"{v:9.{digits}f}" for v in least) + \
			"  " + "".join(ratio(v, least[0]) for v in least[1:])
	own, rest, copied = (get("plugin", what) for what in ("own", "rest", "copied"))
	if own and rest and copied:
		yield f"{mib:>5} {pages:>4}  {'plugin':14}{max(copied.values):9.0f} pages copied," \
			f" more: {100 * (rest.least() / own.least() - 1):.2f} %"


def slope(rows, system, pages, what, sizes):
	"""Seconds per GiB, from the smallest size to the largest; None if there are less than two sizes."""
	if len(sizes) < 2:
		return None
	ends = [Rounds(rows, system=system, MiB=m, pages=pages, what=what)
		for m in (sizes[0], sizes[-1])]
	if not all(ends):
		return None
	return (ends[1].least() - ends[0].least()) * 1024 / (int(sizes[-1]) - int(sizes[0]))


def slope_lines(rows, sizes):
	"""The cost of each additional GiB, without the constant cost of a dump or restore."""
	for pages in ("4k", "thp"):
		for what in ("dump", "restore"):
			all_of = [slope(rows, system, pages, what, sizes) for system in SYSTEMS]
			if None in all_of:
				continue
			share = all_of[0] / all_of[2] if all_of[2] > 0 else float("inf")
			yield f"each GiB {pages:>4}  {what:9}" + "".join(f"{v:9.3f}" for v in all_of) + \
				f"  plugin: 1/{share:.0f} of CRIU's growth"


PAGES_PER_GIB = 262144
STEPS = ("take", "give-back", "commit", "arm", "put", "copying", "munmap")


def steps_lines(rows):
	"""The cost of each additional page in each step of the plugin, and of copying and munmap() to compare with."""
	mine = [r for r in rows if r["system"] == "steps"]
	sizes = sorted({r["MiB"] for r in mine}, key=int)
	for pages in ("4k", "thp"):
		costs = [(step, slope(mine, "steps", pages, step, sizes)) for step in STEPS]
		if all(cost is not None for _, cost in costs):
			yield f"ns a page {pages:>4}  " + "  ".join(
				f"{step} {1e6 * cost / PAGES_PER_GIB:.0f}" for step, cost in costs)


def small_lines(rows):
	"""Compares many mappings of one size, moved by the plugin, with the same mappings left to CRIU."""
	sizes = sorted({r["MiB"] for r in rows if r["system"] == "moved"}, key=int)
	for kib in sizes:
		moved, left = ([Rounds(rows, system=s, MiB=kib, what=w).least()
				for w in ("dump", "restore")] for s in ("moved", "left"))
		yield (f"256 mappings of {kib:>3} KiB: moved {moved[0]:.2f} + {moved[1]:.2f} s,"
		       f" left {left[0]:.2f} + {left[1]:.2f} s, {sum(moved) / sum(left):.2f}")


def boot_lines(rows):
	mhz = Rounds(rows, system="boot", what="mhz")
	if not mhz:
		return
	freq = mhz.least() * 1e6
	# The time until the first case runs ("agent") is measured as well, but not shown: the start of systemd varies
	# more from boot to boot than preserved pages could change it.
	for what, text, unit in (("init", "first instruction of user space", freq),
				 ("cpu-init", "  CPU time of QEMU until then", 1)):
		none, some = ([v / unit for v in Rounds(rows, system="boot", pages=kind, what=what).values]
			      for kind in ("none", "pages"))
		if none and some:
			yield (f"{text:33}{min(none):8.2f} {median(none):8.2f}  {min(some):8.2f}"
			       f" {median(some):8.2f}  {ratio(min(some), min(none))}"
			       f"  {min(some) - min(none):8.2f}")


def growth_lines(rows):
	"""The times of a service with many of something, in two sizes: twice as many may take little more than twice as long."""
	mine = [r for r in rows if r["system"] == "size"]
	for kind in sorted({r["pages"] for r in mine}):
		sizes = sorted({r["MiB"] for r in mine if r["pages"] == kind}, key=int)
		for what in ("dump", "restore"):
			times = [Rounds(mine, MiB=n, pages=kind, what=what) for n in sizes]
			if len(sizes) < 2 or not all(times):
				continue
			few, all_ = times[0].least(), times[-1].least()
			more = all_ / few / (int(sizes[-1]) / int(sizes[0]))
			yield (f"{kind:11} {what:7} {sizes[0]:>6}: {few:7.2f} s, {sizes[-1]:>6}: {all_:7.2f} s,"
			       f" {more:.2f} times as long for each (goal 1.2: {'met' if more <= 1.2 else 'MISSED'})")


PHASES = ("dump", "shutdown", "kernel", "userspace", "restore")


def crowd_lines(mib, hz, kept, crowd):
	"""The outage of a service that is kept among others, compared with its outage alone."""
	if crowd:
		more = crowd.least() / kept.least()
		yield (f"outage {mib:>4} MiB: among 25 services {crowd.least() / hz:.2f} s, {more:.2f} times"
		       f" that of one alone (goal 1.1: {'met' if more <= 1.1 else 'MISSED'});"
		       f" median of {len(crowd.values)} {median(crowd.values) / hz:.2f}")


def outage_lines(rows):
	"""The time between the last beat of a service and the next one, if it is kept and if it is restarted."""
	mhz = Rounds(rows, system="outage", what="mhz")
	more = {}
	for mib in sorted({r["MiB"] for r in rows if r["system"] == "outage"} - {"0"}, key=int):
		def get(way, what, mib=mib):
			return Rounds(rows, system="outage", MiB=mib, pages=way, what=what)

		bare, kept = get("bare", "outage"), get("kept", "outage")
		if not (mhz and bare and kept):
			continue
		seconds = [f(v.values) / (mhz.least() * 1e6) for f in (min, median) for v in (bare, kept)]
		more[mib] = seconds[1] / seconds[0]
		yield (f"outage {mib:>4} MiB: bare kexec {seconds[0]:.2f} s, kept {seconds[1]:.2f} s,"
		       f" {more[mib]:.2f} times (goal 1.1: {'met' if more[mib] <= 1.1 else 'MISSED'});"
		       f" medians of {len(kept.values)} {seconds[2]:.2f}, {seconds[3]:.2f},"
		       f" {seconds[3] / seconds[2]:.2f} times")
		parts = [(p, get("kept", p)) for p in PHASES]
		yield "    " + ", ".join(f"{p} {v.least():.2f}" for p, v in parts if v)
		yield from crowd_lines(mib, mhz.least() * 1e6, kept, get("crowd", "outage"))
	if len(more) > 1:
		small, large = (more[m] for m in (min(more, key=int), max(more, key=int)))
		yield (f"    with memory it grows by {100 * (large / small - 1):+.0f} %, of what a bare kexec takes"
		       f" (goal none, and 5 % is noise: {'met' if large <= small * 1.05 else 'MISSED'})")


def lines(rows):
	yield HEAD
	yield ""
	yield f"{'MiB':>5} {'':4}  {'':14}{'CRIU':>9}{'files':>9}{'plugin':>9}   files plugin"
	sizes = sorted({r["MiB"] for r in rows if r["system"] in SYSTEMS}, key=int)
	for mib in sizes:
		for pages in ("4k", "thp"):
			yield from size_lines(rows, mib, pages)
	yield from slope_lines(rows, sizes)
	yield from steps_lines(rows)
	yield from small_lines(rows)
	yield ""
	yield FOOT
	yield f"{'':33}{'none':>17}  {'1 GiB':>17}  {'':6}  {'more':>8}"
	yield f"{'':33}{'least':>8} {'med':>8}  {'least':>8} {'med':>8}  {'ratio':>6}  {'s':>8}"
	yield from boot_lines(rows)
	yield ""
	yield OUTAGE
	yield from outage_lines(rows)
	yield ""
	yield GROWTH
	yield from growth_lines(rows)
