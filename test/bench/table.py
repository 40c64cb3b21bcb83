# SPDX-License-Identifier: GPL-2.0-only
"""The benchmarks' table, out of the single measurements."""

from statistics import median

HEAD = """\
One virtual machine, emulated (no KVM): absolute times mean nothing, only ratios do.
least and med: of all rounds; ratio: of the least ones. times in s, memory in MiB.

dump     criu dump -t PID -D TMPFS        against  pramctl checkpoint NAME --pid PID
restore  criu restore -d, rm of images    against  pramctl restore NAME, which removes them too
peak     least free memory meanwhile, over what the process itself takes: images, CRIU, pramd
at rest  memory gone while the process is: images and what describes them; the process's own is free
in place of this system's time, what moving images into nodes and out of them takes"""
FOOT = """\
A boot, from just before kexec -e: 1 GiB preserved as every second page of 4 KiB, against none."""


class Rounds:
	"""All values of one measurement."""

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


def size_lines(rows, mib, pages):
	def get(system, what):
		return Rounds(rows, system=system, MiB=mib, pages=pages, what=what)

	for what, text, digits in (("dump", "dump", 2), ("restore", "restore", 2),
				   ("dump-peak", "dump: peak", 1), ("rest", "at rest", 1),
				   ("restore-peak", "restore: peak", 1)):
		theirs, ours, part = get("criu", what), get("pram", what), get("pram", f"{what}-pram")
		if not theirs or not ours:
			continue
		line = f"{mib:>5} {pages:>4}  {text:14}{theirs.text(digits)}  {ours.text(digits)}" \
			f"  {ratio(ours.least(), theirs.least())}"
		if part:
			line += f"  {part.least():8.3f}"
		yield line


def slope_lines(rows, sizes):
	"""A part of the time in place is the same for all sizes; this is the rest."""
	if len(sizes) < 2:
		return
	for pages in ("4k", "thp"):
		costs = []
		for what in ("dump-pram", "restore-pram"):
			small, large = (Rounds(rows, MiB=mib, pages=pages, what=what).least()
					for mib in (sizes[0], sizes[-1]))
			costs.append((large - small) * 1024 / (int(sizes[-1]) - int(sizes[0])))
		yield f"in place, {pages:>3}: {costs[0]:6.3f} s for each GiB of a dump, " \
			f"{costs[1]:6.3f} s of a restore (from {sizes[0]} to {sizes[-1]} MiB)"


def boot_lines(rows):
	mhz = Rounds(rows, system="boot", what="mhz")
	if not mhz:
		return
	freq = mhz.least() * 1e6
	# Until the first case runs ("agent") is measured too, but systemd's start differs by more from
	# boot to boot than preserved pages could make up.
	for what, text, unit in (("init", "first instruction of user space", freq),
				 ("cpu-init", "  CPU time of QEMU until then", 1)):
		none, some = ([v / unit for v in Rounds(rows, system="boot", pages=kind, what=what).values]
			      for kind in ("none", "pages"))
		if none and some:
			yield (f"{text:33}{min(none):8.2f} {median(none):8.2f}  {min(some):8.2f}"
			       f" {median(some):8.2f}  {ratio(min(some), min(none))}"
			       f"  {min(some) - min(none):8.2f}")


def lines(rows):
	yield HEAD
	yield ""
	yield f"{'':26}{'CRIU on tmpfs':>17}  {'this system':>17}  {'':6}  in place"
	yield f"{'MiB':>5} {'':4}  {'':14}{'least':>8} {'med':>8}  {'least':>8} {'med':>8}  {'ratio':>6}" \
		f"  {'least':>8}"
	sizes = sorted({r["MiB"] for r in rows} - {"0"}, key=int)
	for mib in sizes:
		for pages in ("4k", "thp"):
			yield from size_lines(rows, mib, pages)
	yield from slope_lines(rows, sizes)
	yield ""
	yield FOOT
	yield f"{'':33}{'none':>17}  {'1 GiB':>17}  {'':6}  {'more':>8}"
	yield f"{'':33}{'least':>8} {'med':>8}  {'least':>8} {'med':>8}  {'ratio':>6}  {'s':>8}"
	yield from boot_lines(rows)
