# SPDX-License-Identifier: GPL-2.0-only
"""The peer: a second, small machine on the same network as the machine under test.

It boots before that machine and runs until the group has ended, so its connections observe the kexec
from outside.  It uses the init of bare cases, has the address 10.9.0.2/24, and runs the program that
the header of the case names.  The output of the program is shown and stored in peer.log.  A line that
begins with FAILED, or a complaint in the peer's kernel log, fails the group.

	case's machine, eth0 ── datagrams between two unix sockets ── eth0, peer

The case configures an address in the same subnet, see test/cases/lib/peerlib.sh.  While the machine
under test boots, some dozens of frames wait in the socket; it receives them when its interface is up.
"""

import shutil
import tempfile
from pathlib import Path

from . import judge, qemu

KERNEL = "everyday"
MAC, PEER_MAC = "52:54:00:09:00:01", "52:54:00:09:00:02"


class Peer:
	def __init__(self, program, directory, watch):
		self.watch = watch
		self.console, self.port = directory / "peer-kernel.log", directory / "peer.log"
		self.machine = qemu.Machine(
			kernel=KERNEL, memory="320M", cpus=1, scratch="0",
			words=["init=/usr/lib/pram-test/init", f"PRAM_PEER={program}"])
		self.failures = []
		self.pending = ""

	def start(self):
		"""Starts the peer.  Returns the QEMU arguments for the machine under test."""
		# the path of a unix socket is limited to about 100 characters
		self.sockets = Path(tempfile.mkdtemp(prefix="pram-peer-"))
		ends = self.sockets / "case", self.sockets / "peer"
		for path in (self.console, self.port):
			path.write_bytes(b"")
		self.machine.extra = qemu.wire(ends[1], ends[0], PEER_MAC)
		self.process = qemu.start(self.machine, self.console, self.port, log="peer-qemu.log")
		self.lines = self.port.open(encoding="utf-8", errors="replace", newline="\n")
		return qemu.wire(*ends, MAC)

	def follow(self):
		"""Reads new output.  Returns False if the peer has ended."""
		self.pending += self.lines.read()
		*lines, self.pending = self.pending.split("\n")
		for line in lines:
			self.watch(f"> peer: {line}")
			if line.startswith("FAILED"):
				self.failures.append(f"peer: {line}")
		return self.process.poll() is None and not judge.dead(self.log())

	def log(self):
		return self.console.read_text("utf-8", "replace")

	def stop(self):
		self.follow()
		self.process.kill()
		self.process.wait()
		self.lines.close()
		shutil.rmtree(self.sockets)

	def complaints(self):
		"""All failures and kernel complaints of the peer."""
		return self.failures + [f"peer's kernel log: {line}" for _, line in
					judge.complaints(self.log(), [])]
