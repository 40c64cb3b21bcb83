# SPDX-License-Identifier: GPL-2.0-only
"""Runs one group of cases in a VM: starts it, reads the reports of the agent, determines the results."""

import time
from dataclasses import dataclass, field

from . import judge, peer, qemu
from .paths import RESULTS

# Time limit in seconds between two reports of the agent while no case runs, for shutdown and boot.
BOOT = {"everyday": 120, "next": 120, "debug": 400, "plain": 120, "kasan": 900, "cloud": 300}
# Factor for the time limit of a case on slower kernels.
SLOWER = {"debug": 4, "kasan": 10, "cloud": 2}
# The limits in the headers are for two machines on two idle CPUs. They are there to end what hangs, so
# what is only slow because the host has other work has as long again.
BUSY = 2
BARE = ["init=/usr/lib/pram-test/init"]
KEXEC, REBOOT, ITSELF = 10, 11, 12
LEAVING = (KEXEC, REBOOT, ITSELF)


@dataclass
class Result:
	case: str
	state: str = "lost"
	reason: str = "never ran"
	seconds: float = 0
	output: list = field(default_factory=list)


class Session:
	def __init__(self, group, kernel, cpus=2, watch=None, results=None, variables=None):
		self.group = group
		self.kernel = kernel
		self.watch = watch or (lambda line: None)
		self.dir = RESULTS / (results or kernel) / group.name
		self.results = {c.name: Result(c.name) for c in group.cases}
		self.variables = variables or {}
		more = int(self.variables.get("FUZZ_SECONDS", 0))
		self.limits = {c.name: c.timeout * BUSY * SLOWER.get(kernel, 1) + more for c in group.cases}
		self.process = None
		self.current = None
		self.off = False
		self.deadline = 0
		self.boots = []
		self.cpu_seconds = 0
		shared = group.shared
		bare = shared.get("boot") == "bare"
		self.machine = qemu.Machine(
			kernel=kernel, cpus=cpus, plan=self.dir / "plan",
			words=["pram.test"] + BARE * bare
			+ shared.get("append", "").split(),
			# Page poisoning doubles the run time of systemd and CRIU.  It is only useful for
			# the bare cases, which check every page.
			poison=bare and kernel in ("debug", "kasan"),
			memory=shared.get("memory", "1G" if bare else "2G"), scratch=shared.get("scratch", ""),
			counted=shared.get("clock") == "counted", extra=shared.get("qemu", "").split())
		self.peer = peer.Peer(shared["peer"], self.dir, self.watch) if "peer" in shared else None

	def write_plan(self):
		jumps = self.group.jumps(self.kernel)
		lines = [f"next {i} {k}" for i, k in enumerate(jumps, 1)] + [f"next 0 {jumps[-1]}"]
		if "next-append" in self.group.shared:
			lines.append(f"append {self.group.shared['next-append']}")
		lines += [f"set {name} {value}" for name, value in self.variables.items()]
		lines += [f"case {c.name} {self.limits[c.name]}" for c in self.group.cases]
		text = "\n".join(lines) + "\n"
		self.machine.plan.write_bytes(text.encode().ljust(4096, b"\0"))

	def allow(self, seconds):
		self.deadline = time.monotonic() + seconds

	def report(self, line):
		"""Handles one line from the agent."""
		self.watch(line)
		if line.startswith("> "):
			return
		if line.startswith("| ") or line == "|":
			if self.current:
				self.results[self.current].output.append(line[2:])
			return
		if not line.startswith("@@ "):
			return
		word, *rest = line[3:].split()
		if word == "boot":
			self.boots.append(rest[1])
			self.allow(BOOT[self.kernel])
		elif word == "begin" and rest[0] in self.results:
			self.current = rest[0]
			self.results[rest[0]].reason = f"no end of stage {rest[1]}"
			self.allow(self.limits[rest[0]] + 60)
		elif word == "end" and rest[0] in self.results:
			self.end(rest[0], rest[1], int(rest[2]), int(rest[3]) / 1000)
		elif word == "off":
			self.off = True
			self.allow(60)
		elif word in ("jump", "reboot"):
			self.allow(BOOT[self.kernel])

	def end(self, name, stage, status, seconds):
		result = self.results[name]
		result.seconds += seconds
		self.allow(BOOT[self.kernel])
		if status == 0:
			result.state, result.reason = "passed", ""
		elif status in LEAVING:
			result.reason = f"stage {int(stage) + 1} was never started"
		else:
			last = next((line for line in reversed(result.output) if line.startswith("FAILED: ")),
				    result.output[-1] if result.output else "")
			result.state = "failed"
			result.reason = f"stage {stage}: " + (
				"time-out" if status in (124, 137) else last or f"exit status {status}")

	def follow(self, process, port, console):
		"""Waits until the machine is off, dead, or out of time.  Returns the reason if it ended early."""
		self.allow(BOOT[self.kernel])
		pending = ""
		while True:
			self.cpu_seconds = qemu.cpu_seconds(process)
			ended = process.poll() is not None
			if self.peer and not self.peer.follow():
				return "the peer has ended"
			pending += port.read()
			*lines, pending = pending.split("\n")
			for line in lines:
				self.report(line.rstrip("\r"))
			if ended:
				return "" if self.off else f"QEMU ended with status {process.returncode}"
			if judge.dead(console.read_text("utf-8", "replace")):
				time.sleep(1)
				return "the kernel panicked"
			if time.monotonic() > self.deadline:
				where = f"in {self.current}" if self.current else "in a boot"
				return "the machine is off, but QEMU does not end" if self.off else f"time-out {where}"
			time.sleep(0.2)

	def run(self):
		self.dir.mkdir(parents=True, exist_ok=True)
		self.write_plan()
		console, port = self.dir / "kernel.log", self.dir / "agent.log"
		for path in (console, port):
			path.write_bytes(b"")
		if self.peer:
			self.machine.extra += self.peer.start()
		process = self.process = qemu.start(self.machine, console, port)
		try:
			with port.open(encoding="utf-8", errors="replace", newline="\n") as reports:
				early = self.follow(process, reports, console)
		finally:
			process.kill()
			process.wait()
			if self.peer:
				self.peer.stop()
		self.judge(early, console.read_text("utf-8", "replace"))
		return list(self.results.values())

	def judge(self, early, log):
		for result in self.results.values():
			if result.state == "lost":
				result.state = "failed"
				result.reason = f"{early or 'the machine was switched off'}: {result.reason}"
		complaints = list(judge.complaints(log, self.group.allowed()))
		if self.peer:
			complaints += [(None, line) for line in self.peer.complaints()]
		for name, line in complaints:
			for result in self.results.values():
				if name not in (None, result.case) or result.state != "passed":
					continue
				result.state, result.reason = "failed", f"kernel log: {line}"
		for result in self.results.values():
			text = "\n".join(result.output + [f"{result.state}: {result.reason}"])
			(self.dir / f"{result.case}.out").write_text(text + "\n", "utf-8")
