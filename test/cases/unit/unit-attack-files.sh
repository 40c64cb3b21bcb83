#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A service has prepared its directories for pramd, which works in them as root: FIFOs, links to files of root,
# names that look like options of tar or like files of a checkpoint, or that are not text, set-user-ID files, deep
# directories. It is dumped and restored in the same kernel, with the same files, and nothing of root's has changed.
# A service that has a file of root open for reading is refused, since the restore would write it.
# group: unit-attack
# long: debug
# timeout: 300

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/rebootlib.sh"

home=/var/lib/u-files
run=/run/u-files
shm=/dev/shm/u-files

install -d -o nobody -g nogroup $home

# files.py: makes the files as the user of the service, and keeps some of them in use.
cat >$home/files.py <<-'END'
	import mmap, os, time
	run, shm, home = b"/run/u-files", b"/dev/shm/u-files", b"/var/lib/u-files"

	def put(path, size=10):
	    with open(path, "wb") as f:
	        f.write(os.urandom(size))

	for name in (b"new\nline", b"--checkpoint-action=exec=touch owned", b"-rf", b"kept-0", b"files.tar", b"pram-1.img",
	             b".manifest", b"...", b"*", b"[a]", b"sp ace", b"\xff\xfe", b"\x1b[2J", b"x" * 255):
	    put(run + b"/" + name)
	    put(run + b"/big" + name[:200], 100 << 10)
	os.mkfifo(run + b"/fifo")
	os.symlink("/etc/shadow", run + b"/shadow")
	os.symlink("/etc", run + b"/etc")
	os.symlink("../../../../var/lib/u-root", run + b"/root")
	put(run + b"/linked", 100 << 10)
	os.link(run + b"/linked", run + b"/link")
	put(run + b"/suid")
	os.chmod(run + b"/suid", 0o6755)
	os.makedirs(run + b"/d" * 150)
	os.mkdir(shm)
	os.mkfifo(shm + b"/fifo")
	os.symlink("/var/lib/u-root", shm + b"/root")
	put(shm + b"/new\nline", 100 << 10)
	used = [open(shm + b"/new\nline", "r+b"), open(run + b"/bigkept-0", "r+b")]
	fd = os.memfd_create("shared")
	os.ftruncate(fd, 1 << 20)
	shared = mmap.mmap(fd, 1 << 20)
	shared[:] = os.urandom(1 << 20)
	open(home + b"/ready", "w")
	while True:
	    time.sleep(1)
END

# reader.py: has a file of root open.
cat >$home/reader.py <<-'END'
	import time
	f = open("/run/u-root-file", "rb")
	open("/var/lib/u-files/ready", "w")
	while True:
	    time.sleep(1)
END

# service NAME PROGRAM LINES...
service()
{
	local name=$1 program=$2
	shift 2
	{
		echo "[Service]"
		echo "User=nobody"
		echo "ExecStart=/usr/bin/python3 $home/$program"
		printf '%s\n' "$@"
	} >"/etc/systemd/system/$name.service"
}

ready()
{
	wait_for 60 test -e $home/ready || fail "$1 is not ready: $(systemctl status "$1")"
	rm $home/ready
}

# Prints what there is: path, kind, mode, owner, links and target, and the contents of files.
state_of()
{
	find "$@" -printf '%p|%y|%m|%U|%G|%n|%l\n' | sort
	find "$@" -type f -exec sha256sum {} + | sort
}

mkdir -p /var/lib/u-root
echo secret >/var/lib/u-root/file
head -c 200000 /dev/urandom >/run/u-root-file
state_of /var/lib/u-root /etc/shadow /etc/passwd /run/u-root-file >"$CASE_DIR/root.before"
service u-files files.py "RuntimeDirectory=u-files"
service u-reader reader.py
systemctl daemon-reload

say "a service with such files is dumped and restored"
check "u-files starts" systemctl start u-files
ready u-files
state_of $run $shm >"$CASE_DIR/before"
exits 0 pramctl enable u-files
pid=$(prop MainPID u-files)
refused_jump "all processes were restored"
equal "ActiveState and MainPID of u-files" "$(prop ActiveState u-files)/$(prop MainPID u-files)" "active/$pid"
state_of $run $shm | diff "$CASE_DIR/before" - || fail "the files of u-files have changed"
exits 0 pramctl disable u-files
systemctl stop u-files

say "a service that reads a file of root's is refused"
check "u-reader starts" systemctl start u-reader
ready u-reader
pid=$(prop MainPID u-reader)
exits 8 pramctl enable u-reader
says "it reads /run/u-root-file, which is not its own"
equal "ActiveState and MainPID of u-reader" "$(prop ActiveState u-reader)/$(prop MainPID u-reader)" "active/$pid"
systemctl stop u-reader

state_of /var/lib/u-root /etc/shadow /etc/passwd /run/u-root-file | diff "$CASE_DIR/root.before" - ||
	fail "files of root have changed"
rm -rf $shm /run/u-root-file
