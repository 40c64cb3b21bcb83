#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Services try to get their own code executed as root while pramd works on them. Some make a mount namespace with their
# own /proc; these are refused, at whatever time they do it. One puts a library into /etc/ld.so.preload of its sandbox;
# it is checkpointed, and the library is never loaded into a process of root.
# group: unit-attack
# long: debug
# timeout: 300

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/rebootlib.sh"

home=/var/lib/u-attack
install -d -o nobody -g nogroup $home

# attack.py FILE: waits until FILE, which may have wildcards, exists. Then it makes a user and a mount namespace with a
# false /proc, in which /proc/1/root contains its own programs under the names of all programs of pram.
cat >$home/attack.py <<-END
	import ctypes, glob, os, sys, time
	libc = ctypes.CDLL(None, use_errno=True)
	def put(path, text):
	    with open(path, "w") as f:
	        f.write(text)
	def mount(*args):
	    assert libc.mount(*args) == 0, os.strerror(ctypes.get_errno())
	data = bytearray(os.urandom(1 << 20))
	while not glob.glob(sys.argv[1]):
	    time.sleep(0.02)
	uid, gid = os.getuid(), os.getgid()
	assert libc.unshare(0x10000000 | 0x20000) == 0, os.strerror(ctypes.get_errno())
	put("/proc/self/setgroups", "deny")
	put("/proc/self/uid_map", f"0 {uid} 1")
	put("/proc/self/gid_map", f"0 {gid} 1")
	mount(None, b"/", None, 0x4000 | 0x40000, None)
	mount(b"tmpfs", b"/proc", b"tmpfs", 0, None)
	for path in ("usr/sbin/criu", "usr/libexec/pram/pram-criu-hook", "usr/libexec/pram/pram-unit-restore"):
	    path = f"/proc/1/root/{path}"
	    os.makedirs(os.path.dirname(path), exist_ok=True)
	    put(path, "#!/bin/sh\nid >$home/owned-\$\$\n")
	    os.chmod(path, 0o755)
	put("$home/ready", "")
	while True:
	    time.sleep(1)
END

# attacker NAME FILE LINES...: writes a unit file for attack.py FILE, with LINES in [Service].
attacker()
{
	local name=$1 file=$2
	shift 2
	{
		echo "[Service]"
		echo "User=nobody"
		echo "ExecStart=/usr/bin/python3 $home/attack.py $file"
		printf '%s\n' "$@"
	} >"/etc/systemd/system/$name.service"
}

# Checks that no process of root has executed code of an attacker.
not_owned()
{
	local f
	for f in "$home"/owned-*; do
		[ -e "$f" ] && fail "root has run an attacker's program: $f: $(ls -l "$f"; cat "$f")"
	done
}

ready()
{
	wait_for 60 test -e $home/ready || fail "$1 has not started its attack: $(systemctl status "$1")"
	rm $home/ready
}

# runs NAME PID: checks that the service runs with this main PID.
runs()
{
	equal "ActiveState and MainPID of $1" "$(prop ActiveState "$1")/$(prop MainPID "$1")" "active/$2"
}

attacker u-at-once / PrivateTmp=yes
attacker u-later $home/go
# The drop-in is created after the check and before the dump. The reload that creates it does not end before the attack
# has begun, and pramd waits for that reload.
attacker u-between "/run/systemd/generator*/u-between.service.d"
attacker u-library $home/never "BindReadOnlyPaths=$home/preload:/etc/ld.so.preload"
echo $home/steal.so >$home/preload
library=$(command -v busy)
cp "${library%/*}/steal.so" $home/steal.so
cat >/etc/systemd/system/u-other.service <<-'END'
	[Service]
	ExecStart=/usr/bin/python3 -c 'import os, time; data = os.urandom(64 << 20); time.sleep(100000)'
END
systemctl daemon-reload

say "attack before the service is enabled"
check "u-at-once starts" systemctl start u-at-once
ready u-at-once
exits 8 pramctl enable u-at-once
says "has made a user namespace"
systemctl stop u-at-once

say "attack before the reboot"
check "u-later starts" systemctl start u-later
exits 0 pramctl enable u-later
touch $home/go
ready u-later
pid=$(prop MainPID u-later)
exits 8 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)"
says "u-later.service: process $pid has made a user namespace"
runs u-later "$pid"
exits 0 pramctl disable u-later
systemctl stop u-later

say "attack between the check and the dump"
mkdir -p /etc/systemd/system-generators
cat >/etc/systemd/system-generators/wait-for-attack <<-END
	#!/bin/sh
	[ -e /run/pram/units/leaving/u-between.service ] || exit 0
	until [ -e $home/ready ]; do sleep 0.1; done
END
chmod 755 /etc/systemd/system-generators/wait-for-attack
check "u-between starts" systemctl start u-between
check "u-other starts" systemctl start u-other
exits 0 pramctl enable u-between u-other
note_lives u-other
pid=$(prop MainPID u-between)
exits 1 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)"
says "u-between.service: "
says "process $pid has made a user namespace"
says "all processes continue to run"
ready u-between
runs u-between "$pid"
units_untouched "after the attack" u-other
exits 0 pramctl disable u-between u-other
systemctl stop u-between u-other
rm /etc/systemd/system-generators/wait-for-attack
not_owned

say "attack with a preloaded library: the service is dumped, and restored in the same kernel"
check "u-library starts" systemctl start u-library
grep -q $home/steal.so "/proc/$(prop MainPID u-library)/maps" || fail "u-library has not loaded steal.so"
exits 0 pramctl enable u-library
not_owned
pid=$(prop MainPID u-library)
refused_jump "all processes were restored"
runs u-library "$pid"
journal_says "Checkpoint u-library.service: process " -u pramd
not_owned
exits 0 pramctl disable u-library
systemctl stop u-library
