# SPDX-License-Identifier: GPL-2.0-only
"""The VM's disk: the cached Debian root with everything that this clone builds.

build/vm/stage is the tree to add, build/vm/root.img the result.  debugfs writes the files into a
sparse copy of the base image, which needs no privileges and takes a second or two.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

from . import cases
from .paths import (BASE_IMAGE, BENCH, BUILD, CASES, GUEST, KERNELS, PROGRAMS, ROOT_IMAGE, STAGE, TOP,
		    VARIANTS, VM)

LIB = "usr/lib/pram-test"
UNITS = "etc/systemd/system"


class Failed(Exception):
	"""A part of the image could not be built.  The failing command has printed the reason."""


def build(*command, **options):
	if subprocess.run(command, check=False, **options).returncode:
		raise Failed("image: command failed: " + " ".join(str(w) for w in command))


@contextmanager
def locked():
	"""Locks the image, because two harnesses may be started at the same time."""
	VM.mkdir(parents=True, exist_ok=True)
	with open(VM / "lock", "w", encoding="utf-8") as f:
		fcntl.flock(f, fcntl.LOCK_EX)
		yield


def enable(unit, target):
	"""Enables a unit, as systemctl preset does."""
	link = STAGE / UNITS / f"{target}.wants" / unit
	link.parent.mkdir(parents=True, exist_ok=True)
	link.symlink_to(f"/usr/lib/systemd/system/{unit}")


def install_user_space():
	build("make", "-s", "-C", TOP, "install", f"DESTDIR={STAGE}", "prefix=/usr",
	      stdout=subprocess.DEVNULL)
	enable("pramd.socket", "sockets.target")
	enable("pram-restore.service", "multi-user.target")


def install_kernels():
	for name in VARIANTS:
		built = KERNELS / name
		if not (built / "bzImage").exists():
			continue
		copy(built / "bzImage", STAGE / f"boot/vmlinuz-{name}")
		release = (built / "release").read_text(encoding="utf-8").strip()
		copy(built / "config", STAGE / f"boot/config-{release}")
		modules = built / "lib/modules" / release
		if any(modules.rglob("*.ko")):
			shutil.copytree(modules, STAGE / "lib/modules" / release)
			build("depmod", "-b", STAGE, release)


def install_cases():
	for folder in [*cases.folders(), CASES / "lib", BENCH / "cases"]:
		name = "bench" if folder.parent == BENCH else folder.name
		for path in cases.scripts(folder):
			copy(path, STAGE / LIB / "cases" / name / path.name)
	for path in (CASES / "peer").iterdir():
		copy(path, STAGE / LIB / "peer" / path.name)
	# built outside of the stage, which is new each time
	build("make", "-s", "-C", CASES / "prog", f"OUT={PROGRAMS / 'cases'}")
	build("make", "-s", "-C", BENCH, "guest", f"BIN={PROGRAMS / 'bench'}")
	for path in [*(PROGRAMS / "cases").iterdir(), *(PROGRAMS / "bench").iterdir()]:
		if path.is_file():
			copy(path, STAGE / LIB / "bin" / path.name)


def install_zdtm():
	"""Installs ZDTM, CRIU's test suite.  If its sources cannot be downloaded, only the zdtm cases fail."""
	if subprocess.run([TOP / "test/zdtm/build"], check=False).returncode == 0:
		shutil.copytree(BUILD / "zdtm", STAGE / LIB / "zdtm")
	copy(TOP / "test/zdtm/guest.sh", STAGE / LIB / "zdtm/guest.sh")


def install_guest():
	copy(GUEST / "agent", STAGE / LIB / "agent")
	for path in GUEST.iterdir():
		if path.suffix == ".service":
			copy(path, STAGE / UNITS / path.name)
			link = STAGE / UNITS / "multi-user.target.wants" / path.name
			link.parent.mkdir(parents=True, exist_ok=True)
			link.symlink_to(f"/{UNITS}/{path.name}")
		elif path.name != "agent":
			copy(path, STAGE / LIB / path.name)


def copy(source, target):
	target.parent.mkdir(parents=True, exist_ok=True)
	shutil.copy(source, target)


def staged():
	"""All entries of the stage by their path from the root, parents first."""
	for path in sorted(STAGE.rglob("*")):
		yield path, "/" + str(path.relative_to(STAGE))


def guest_path(path, merged=("/lib", "/bin", "/sbin")):
	"""Resolves Debian's links from /lib etc. into /usr, because debugfs does not follow them."""
	first = "/" + path.split("/")[1]
	return "/usr" + path if first in merged else path


def fingerprint():
	h = hashlib.sha256(os.path.realpath(BASE_IMAGE).encode())
	for path, name in staged():
		st = path.lstat()
		h.update(f"{name} {st.st_mode:o}\n".encode())
		if path.is_symlink():
			h.update(os.readlink(path).encode())
		elif path.is_file():
			h.update(path.read_bytes())
	return h.hexdigest()


def commands():
	"""The debugfs commands that write the stage to the image."""
	for path, name in staged():
		name = guest_path(name)
		if path.is_symlink():
			yield f"rm {name}"
			yield f"symlink {name} {os.readlink(path)}"
		elif path.is_dir():
			yield f"mkdir {name}"
		else:
			yield f"rm {name}"
			yield f"write {path} {name}"


def write_image(target):
	subprocess.run(["cp", "--sparse=always", "--reflink=auto", "-L", BASE_IMAGE, target],
		       check=True)
	os.chmod(target, 0o644)
	done = subprocess.run(["debugfs", "-w", "-f", "-", target], check=True, text=True,
			      input="\n".join(commands()) + "\n", capture_output=True)
	# debugfs prints errors for mkdir of existing and rm of missing files, which are expected here
	bad = [line for line in done.stderr.splitlines()
	       if not line.startswith("debugfs 1.") and "already exists" not in line
	       and "File not found by ext2_lookup" not in line]
	if bad:
		raise RuntimeError("debugfs: " + "; ".join(bad))


def prepare():
	"""Rebuilds build/vm/root.img if anything that goes into it has changed."""
	if not BASE_IMAGE.exists():
		build(TOP / "test/vm/mkroot")
	with locked():
		shutil.rmtree(STAGE, ignore_errors=True)
		STAGE.mkdir(parents=True)
		install_user_space()
		install_kernels()
		install_cases()
		install_zdtm()
		install_guest()
		mark = Path(f"{ROOT_IMAGE}.hash")
		want = fingerprint()
		if ROOT_IMAGE.exists() and mark.exists() and mark.read_text("utf-8") == want:
			return
		new = Path(f"{ROOT_IMAGE}.new")
		write_image(new)
		# replace the file: machines that run keep the old one open
		new.rename(ROOT_IMAGE)
		mark.write_text(want, "utf-8")
