# SPDX-License-Identifier: GPL-2.0-only
"""One virtual machine."""

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from .paths import KERNELS, ROOT_IMAGE

# Emulated string instructions are slow.  Without these flags the kernel copies memory with other instructions.
CPU = "max,-erms,-fsrm"
SCRATCH = {"everyday": "192M", "next": "192M", "debug": "192M", "plain": "192M",
	   "kasan": "512M", "cloud": "256M"}
# Debian's kernel has the driver of virtio disks as a module, and that of NVMe built in. So it needs no initrd here.
NVME = ("cloud",)
POISON = "page_poison=1"
# The CPUs run in parallel, at full speed.
HURRIED = ("-accel", "tcg,thread=multi")
# The CPUs take turns, and each instruction takes one nanosecond of the VM's time, so load on the host does not change
# the measured times. Only while all CPUs are idle does the VM's time advance with the host's time.
COUNTED = ("-accel", "tcg,thread=single", "-icount", "shift=0", "-rtc", "clock=vm")


@dataclass
class Machine:
	kernel: str
	words: list
	memory: str = "2G"
	poison: bool = False
	cpus: int = 2
	scratch: str = ""
	plan: Path = None
	counted: bool = False
	extra: list = field(default_factory=list)

	def cmdline(self):
		root = "root=/dev/nvme0n1 devtmpfs.mount=1" if self.kernel in NVME else "root=/dev/vda"
		words = ["console=ttyS0,115200", "earlyprintk=ttyS0,115200", root, "rw",
			 # otherwise ext4 zeroes inode tables in the background, which a forced kexec interrupts
			 "rootflags=noinit_itable",
			 "loglevel=7", "printk.devkmsg=on", "net.ifnames=0", "systemd.show_status=0",
			 "systemd.log_level=notice", "systemd.unit=multi-user.target",
			 "audit=0", "rcupdate.rcu_cpu_stall_timeout=120",
			 f"pram_scratch={self.scratch or SCRATCH[self.kernel]}"]
		if self.poison:
			words.append(POISON)
		return " ".join(words + self.words)

	def command(self, disk=ROOT_IMAGE):
		args = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none",
			"-machine", "q35", *(COUNTED if self.counted else HURRIED), "-cpu", CPU,
			"-smp", str(self.cpus), "-m", self.memory,
			"-kernel", str(KERNELS / self.kernel / "bzImage"), "-append", self.cmdline(),
			"-device", "virtio-rng-pci"]
		device = "nvme-ns" if self.kernel in NVME else "virtio-blk-pci"
		if self.kernel in NVME:
			args += ["-device", "nvme,serial=pram"]
		args += drive(device, disk, "snapshot=on,cache=unsafe")
		if self.plan:
			args += drive(device, self.plan, "readonly=on")
		return args + self.extra


def drive(device, path, options):
	name = f"d{Path(path).stem}"
	return ["-drive", f"if=none,id={name},format=raw,file={path},{options}",
		"-device", f"{device},drive={name}"]


def wire(own, other, mac):
	"""Connects two machines: frames are sent as datagrams from one socket to the other."""
	return ["-netdev", f"dgram,id=wire,local.type=unix,local.path={own},"
		f"remote.type=unix,remote.path={other}",
		"-device", f"virtio-net-pci,netdev=wire,mac={mac}"]


def serial(path):
	return ["-serial", f"file:{path}"]


def start(machine, console, port, disk=ROOT_IMAGE, log="qemu.log"):
	"""Starts the machine.  The output of the console and of the agent's port goes to files."""
	args = machine.command(disk) + serial(console) + serial(port)
	with open(Path(console).with_name(log), "w", encoding="utf-8") as log:
		log.write(" ".join(args) + "\n")
		log.flush()
		return subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def cpu_seconds(process):
	"""The CPU time that QEMU has used.  Other load on the host affects it less than the elapsed time."""
	with open(f"/proc/{process.pid}/stat", encoding="ascii") as f:
		words = f.read().rpartition(")")[2].split()
	return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
