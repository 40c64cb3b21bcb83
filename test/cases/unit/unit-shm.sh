#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The files of a service on tmpfs (/dev/shm, /run and PrivateTmp=) stay in place, and its processes share them again
# after the restore. Those of PrivateTmp= on a disk (/var/tmp) stay on the disk, as the same inodes. Tested: a restore in the same kernel, a kexec, a restore that fails, and a pramd that is killed
# during a restore.
# group: unit-shm
# long: everyday
# rare: debug
# timeout: 400
# leaves: yes

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/rebootlib.sh"
. "${0%/*}/../lib/unitlib.sh"

M=$((1 << 20))
u='u-shm.service'
shm=/dev/shm/u-shm
run=/run/u-shm
sparse=("$run/sparse" $((M << 10)) 4096:8192 "$((M << 9)):$M")

# Writes the program. Two children and their parent count in a file in /dev/shm, and one child copies the count of the
# parent. All of them also map a file that nobody writes to.
shm_program()
{
	cat >$dir/shm.py <<-'END'
		import mmap, os, sys, time
		shm, run, held = sys.argv[1], sys.argv[2], open(sys.argv[3])

		def mapped(path, size):
		    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
		    if os.fstat(fd).st_size < size:
		        os.ftruncate(fd, size)
		    m = mmap.mmap(fd, size)
		    os.close(fd)
		    return m

		# A small file, in directories that belong to other users.
		app = "/dev/shm/u-app"
		if not os.path.exists(app):
		    os.makedirs(f"{app}/deep", 0o711)
		small = open(f"{app}/deep/small", "w+")
		small.write("small")
		small.flush()
		os.chown(app, 1, 2)
		os.chmod(app, 0o2750)

		data = mapped(shm, os.stat(shm).st_size)
		counts = memoryview(mapped(f"{shm}.count", 1 << 20)).cast("Q")
		log = open(f"{run}/log", "w")	# open, but not mapped
		log.write("kept" * (1 << 16))
		log.flush()
		disk = open("/var/tmp/data")
		for i in 0, 1:
		    if not os.fork():
		        while True:
		            time.sleep(0.1)
		            counts[i * 1000] += 1
		            if i == 0:
		                counts[3000] = counts[2000]
		while True:
		    time.sleep(0.1)
		    counts[2000] += 1
		    with open(f"{run}/new", "w") as f:
		        f.write(f"{counts[0]} {counts[1000]} {counts[3000]} 0 0\n")
		    os.rename(f"{run}/new", f"{run}/count")
	END
	cat >/etc/systemd/system/$u <<-END
		[Service]
		ExecStartPre=$(command -v filetest) fill $shm $((8 * M))
		ExecStartPre=$(command -v filetest) fill $run/data $((2 * M + 123))
		ExecStartPre=$(command -v filetest) fill ${sparse[*]}
		ExecStartPre=$(command -v filetest) fill /tmp/data $((3 * M))
		ExecStartPre=$(command -v filetest) fill /var/tmp/data $((5 * M))
		ExecStartPre=/bin/ln /var/tmp/data /var/tmp/.hard
		ExecStart=/usr/bin/python3 $dir/shm.py $shm $run $dir/held
		RuntimeDirectory=u-shm
		PrivateTmp=yes
		TimeoutStopSec=5
		[Install]
		WantedBy=multi-user.target
	END
	echo data >$dir/held
	systemctl daemon-reload
}

tmp()
{
	echo "/proc/$(prop MainPID $u)/root/tmp"
}

# On the machine's disk, unlike /tmp.
disk()
{
	echo "/proc/$(prop MainPID $u)/root/var/tmp"
}

frames()
{
	local f
	for f in $shm $run/data $run/log "$(tmp)/data"; do
		filetest frames "$f" || fail "cannot read the page frames of $f"
	done
}

attributes()
{
	stat -c '%n %s %b %a %u %g %x %y %h' $run/data $run/hard "${sparse[0]}"
	# Omit the access time of the mapped files: when CRIU maps them, the kernel updates it.
	stat -c '%s %b %a %u %g %y' $shm "$(tmp)/data"
	stat -c '%i %h %s %b %a %u %g %x %y' "$(disk)/data" "$(disk)/.hard"
	stat -c '%n %a %u %g' /dev/shm/u-app /dev/shm/u-app/deep /dev/shm/u-app/deep/small $run
	cat /dev/shm/u-app/deep/small
	python3 -c "import os; print(os.getxattr('$run/data', 'user.pram'))"
}

# Verify the contents first: reading the page frames also reads the file.
same()
{
	runs_on $u
	check "contents" filetest verify $shm $((8 * M))
	check "contents" filetest verify $run/data $((2 * M + 123))
	check "contents" filetest verify "${sparse[@]}"
	check "contents" filetest verify "$(tmp)/data" $((3 * M))
	cmp "$(disk)/data" "$CASE_DIR/disk" || fail "$1: the contents of the file in /var/tmp"
	equal "the digest of the log" "$(digest $run/log)" "$(printf 'kept%.0s' {1..65536} | sha256sum | cut -d' ' -f1)"
	[ $run/data -ef $run/hard ] || fail "$run/data and $run/hard are not the same file any more"
	frames >"$CASE_DIR/frames.now"
	cmp "$CASE_DIR/frames" "$CASE_DIR/frames.now" || fail "$1: the page frames have changed"
	[ "$(sed -n 's/.* \/dev\/shm\/u-shm.count/&/p' "/proc/$(prop MainPID $u)/maps" | wc -l)" = 1 ] ||
		fail "the counters are not mapped"
}

# Call this before `same`, which changes the access times.
unchanged()
{
	attributes | diff "$CASE_DIR/attributes" - || fail "$1: the attributes have changed"
}

no_dropin()
{
	[ -z "$(prop DropInPaths $u)" ]
}

same_kernel()
{
	refused_jump "all processes were restored"
	settle $u
	wait_for 60 no_dropin || fail "the drop-in still exists"
	unchanged "after a restore in the same kernel"
	same "after a restore in the same kernel"
}

# Checks that a service is refused while another process maps one of its files. Each of the two would continue with a
# separate copy.
shared()
{
	python3 -c "import mmap, os, time
m = mmap.mmap(os.open('$shm.count', os.O_RDWR), 4096)
open('$CASE_DIR/mapped', 'w').close()
time.sleep(1000)" &
	wait_for 30 test -e "$CASE_DIR/mapped" || fail "the other process has not mapped the file"
	exits 8 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)" --dry-run
	says "$u: it shares $shm.count with process $! (python3)"
	exits 0 pramctl disable $u
	exits 8 pramctl enable $u
	says "it shares $shm.count with process $! (python3)"
	kill $!
	exited 143 $!
	exits 0 pramctl enable $u
}

first()
{
	mount -o remount,huge=within_size /dev/shm
	mkdir -p $dir
	shm_program
	systemctl start $u || fail "$u does not start: $(systemctl status $u)"
	wait_for 60 test -s $run/count || fail "$u does not count"
	ln $run/data $run/hard
	chown nobody:daemon $run/data
	chmod 4640 $run/data
	touch -d '2001-02-03 04:05:06.789' $run/data $shm "$(tmp)/data"
	python3 -c "import os; os.setxattr('$run/data', 'user.pram', b'kept\0as it is')"
	check "contents" filetest verify "${sparse[@]}"
	equal "the file system of /var/tmp" "$(stat -f -c %T "$(disk)")" "$(stat -f -c %T /var/lib)"
	cp "$(disk)/data" "$CASE_DIR/disk"
	frames >"$CASE_DIR/frames"
	attributes >"$CASE_DIR/attributes"
	remember $u
	note_lives $u
	exits 0 pramctl enable $u
	units_untouched "after a rehearsal" $u
	unchanged "after a rehearsal"
	same "after a rehearsal"
	remember $u
	attributes >"$CASE_DIR/attributes"
	same_kernel
	shared
	remember $u
	attributes >"$CASE_DIR/attributes"
	printf 'r! %s\n' $dir/held >/etc/tmpfiles.d/pram-shm.conf
	traps
	leaving
	exits 0 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)"
	say "$out"
	case $out in
	*" MiB of 6 files moved (0 of "*) ;;
	*) fail "files were copied: $out" ;;
	esac
	exit 12
}

# Installs a trap: before the restore, another user creates one of the service's directories, with a symbolic link to a
# directory that only root can write to.
traps()
{
	cat >/etc/systemd/system/u-trap.service <<-END
		[Unit]
		Before=$u
		[Service]
		Type=oneshot
		User=nobody
		ExecStart=/bin/mkdir /dev/shm/u-app
		ExecStart=/bin/ln -s /etc /dev/shm/u-app/deep
		[Install]
		WantedBy=multi-user.target
	END
	check "enable" systemctl --quiet enable u-trap.service
}

trapped()
{
	equal "ActiveState of $u" "$(prop ActiveState $u)" failed
	exits 0 pramctl status
	out=$(echo "$out" | grep "^  $u .*failed")
	says "dev/shm/u-app belongs to another user"
	[ ! -e /etc/small ] || fail "pramd followed the symbolic link and wrote to /etc"
	check "disable" systemctl --quiet disable u-trap.service
	rm -r /dev/shm/u-app
	systemctl start $u && fail "$u was restored although a file that it has open is missing"
}

# pramd is killed after it has restored files, before it has answered pramctl. The new pramd restores the unit.
pramd_dies()
{
	remember $u
	attributes >"$CASE_DIR/attributes"
	with_fault restore:fill-files:after:stop
	refuse_jump
	exits 5 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)"
	pramd_has_died
	allow_jump
	wait_for 60 pramctl status >/dev/null || fail "pramd does not start again"
	say "$(pramctl status)"
	wait_for 120 active || fail "$u is not restored: $(systemctl status $u; pramctl status)"
	unchanged "after pramd was killed"
	same "after pramd was killed"
}

active()
{
	[ "$(prop ActiveState $u)" = active ] && [ "$(prop MainPID $u)" = "$(kept $u.pid)" ]
}

second()
{
	settle $u
	trapped
	equal "ActiveState of $u" "$(prop ActiveState $u)" failed
	exits 0 pramctl status
	out=$(echo "$out" | grep "^  $u .*failed")
	says "held"
	[ ! -e $run ] || fail "the directory of the failed service still exists: $(ls $run)"
	echo data >$dir/held
	check "$u starts after its file was replaced" systemctl start $u
	unchanged "after a restore that failed"
	same "after a restore that failed"
	pramd_dies
	exits 0 pramctl status
	says "Checkpoints:   0"
	equal "the nodes" "$(filetest list)" ""
	equal "file descriptors stored by systemd" "$(systemctl show -P NFileDescriptorStore pramd)" 0
	check "$u stops" systemctl stop $u
	wait_for 60 nothing_aside || fail "files are aside: $(find /var/lib/pram/tmp)"
}

nothing_aside()
{
	[ -z "$(ls -A /var/lib/pram/tmp)" ]
}

case $STAGE in
1) first ;;
2) second ;;
esac
