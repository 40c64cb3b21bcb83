#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Unnamed memory that the processes of a service share (anonymous, memfd, SysV) stays in place and is shared again
# after the restore. Tested: a restore in the same kernel, a kexec, a restore that fails after the memory has been
# filled, and a pramd that is killed at that point or just before it reports success.
# group: unit-shared
# long: everyday
# rare: debug
# timeout: 300
# leaves: yes

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/rebootlib.sh"
. "${0%/*}/../lib/unitlib.sh"

u='u-shared.service'
run=/run/u-shared
kinds=(anon memfd sysv sealed)

# Writes the program. A child counts in the last word of each kind of memory, and its parent reports what it reads
# there. The rest of the memory is never written again. There is also shared memory that is too small to be moved.
# Another child keeps forking processes that inherit all this memory and exit.
shared_program()
{
	cat >$dir/shared.py <<-'END'
		import ctypes, fcntl, mmap, os, random, sys, time
		run = sys.argv[1]
		libc = ctypes.CDLL(None, use_errno=True)
		libc.shmat.restype = ctypes.c_void_p
		libc.shmat.argtypes = ctypes.c_int, ctypes.c_void_p, ctypes.c_int
		SIZES = {"anon": 8 << 20, "memfd": 3 << 20, "sysv": 2 << 20}

		def anon(size):
		    return mmap.mmap(-1, size)

		def memfd(size):
		    fd = os.memfd_create("shared")	# the descriptor stays open
		    os.ftruncate(fd, size)
		    return mmap.mmap(fd, size)

		def sysv(size):
		    at = libc.shmat(libc.shmget(0, size, 0o1600), None, 0)
		    return (ctypes.c_char * size).from_address(at)

		def tell(kind, at):
		    with open(f"{run}/{kind}", "w") as f:
		        f.write(f"{at:x}\n")

		# This memory is sealed against writing, so nobody counts in it.
		def sealed(size):
		    fd = os.memfd_create("sealed", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
		    os.write(fd, random.Random("sealed").randbytes(size))
		    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK)
		    fd = os.open(f"/proc/self/fd/{fd}", os.O_RDONLY)
		    libc.mmap.restype = ctypes.c_void_p
		    tell("sealed", libc.mmap(None, ctypes.c_size_t(size), mmap.PROT_READ, mmap.MAP_SHARED, fd, 0))

		sealed(1 << 20)
		areas = []
		for kind, size in SIZES.items():
		    area = globals()[kind](size)
		    data = random.Random(kind).randbytes(size // 2)	# the rest is a hole, except for the last page
		    area[:len(data)] = data
		    tell(kind, ctypes.addressof(ctypes.c_char.from_buffer(area)))
		    areas.append(memoryview(area).cast("B").cast("Q"))
		small = memoryview(mmap.mmap(-1, 8192)).cast("Q")
		if not os.fork():
		    while True:
		        time.sleep(0.1)
		        for a in areas:
		            a[len(a) - 1] += 1
		        small[0] += 1
		if not os.fork():
		    while True:
		        pid = os.fork()
		        if not pid:
		            time.sleep(0.2)
		            os._exit(0)
		        os.waitpid(pid, 0)
		while True:
		    time.sleep(0.1)
		    values = [a[len(a) - 1] for a in areas]
		    with open(f"{run}/new", "w") as f:
		        f.write(" ".join(str(v) for v in values) + f" {small[0]} 0\n")
		    os.rename(f"{run}/new", f"{run}/count")
	END
	cat >/etc/systemd/system/$u <<-END
		[Service]
		ExecStart=/usr/bin/python3 $dir/shared.py $run
		RuntimeDirectory=u-shared
		PrivateTmp=yes
		TimeoutStopSec=5
		[Install]
		WantedBy=multi-user.target
	END
	systemctl daemon-reload
}

# area KIND: prints the path of the file behind the mapping of this kind.
area()
{
	local at pid
	at=$(cat $run/"$1")
	pid=$(prop MainPID $u)
	sed -n "s/^\($at-[0-9a-f]*\) .*/\/proc\/$pid\/map_files\/\1/p" "/proc/$pid/maps"
}

frames()
{
	local kind
	for kind in "${kinds[@]}"; do
		echo "$kind"
		filetest frames "$(area "$kind")" ||
			fail "cannot read the page frames of $kind: $(cat "/proc/$(prop MainPID $u)/maps")" >&2
	done
}

# Prints the digests of all memory except the last pages, which contain the counters.
digests()
{
	local kind file
	for kind in "${kinds[@]}"; do
		file=$(area "$kind")
		head -c $(($(stat -L -c %s "$file") - 4096)) "$file" | sha256sum
	done
}

same()
{
	runs_on $u
	digests | diff "$CASE_DIR/digests" - || fail "$1: the contents have changed"
	frames | diff "$CASE_DIR/frames" - || fail "$1: the page frames have changed"
	out=$(LC_ALL=C dd if=/dev/zero of="$(area sealed)" bs=1 count=1 conv=notrunc 2>&1) &&
		fail "$1: the sealed memory is writable"
	says "Operation not permitted"
	[ "$(counter $u 3)" -gt "$(awk '{ print $4 }' "$CASE_DIR/$u.count")" ] ||
		fail "$1: the small memory is not shared any more"
}

moved()
{
	case $out in
	*"7 MiB of 4 files moved (0 of "*) ;;
	*) fail "shared memory was copied, or not moved: $out" ;;
	esac
}

# refused PATH COMM: checks that a service is refused while another process, $!, has its shared memory open, even
# read-only. That process would be left with a separate copy.
refused()
{
	exits 8 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)" --dry-run
	says "$u: it shares $1"
	says "(reason: unit-shared-file; see "
	says "(deleted) with process $! ($2), which does not belong to it"
	exits 0 pramctl disable $u
	exits 8 pramctl enable $u
	says "with process $! ($2), which does not belong to it"
	kill $!
	exited 143 $!
	check "enable $u after the other process has ended" pramctl enable $u
}

outsiders()
{
	local id
	sleep 1000 9<"$(area memfd)" &
	wait_for 30 grep -q sleep "/proc/$!/comm" || fail "sleep does not start"
	refused /memfd:shared sleep
	id=$(stat -L -c %i "$(area sysv)")
	python3 -c "import ctypes, time
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
open('$CASE_DIR/attached', 'w').write(hex(libc.shmat($id, None, 0o10000)))
time.sleep(1000)" &
	wait_for 30 test -s "$CASE_DIR/attached" || fail "the process has not attached the SysV segment"
	refused /SYSV python3
}

# CRIU could dump a writable mapping of a write-sealed memfd, but not restore it. The plugin refuses the dump, also
# without pramd.
sealed_for_good()
{
	local images=$CASE_DIR/images pid
	setsid python3 -c "import fcntl, mmap, os, time
fd = os.memfd_create('sealed', os.MFD_ALLOW_SEALING)
os.ftruncate(fd, 4096)
fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE)
m = mmap.mmap(fd, 4096, mmap.MAP_SHARED, mmap.PROT_READ)
open('$CASE_DIR/sealed', 'w').write(str(os.getpid()))
time.sleep(1000)" </dev/null >/dev/null 2>&1 &
	wait_for 30 test -s "$CASE_DIR/sealed" || fail "the process has not mapped the sealed memfd"
	pid=$(cat "$CASE_DIR/sealed")
	mkdir "$images"
	criu dump --lib /usr/lib/pram/criu -t "$pid" -D "$images" -o dump.log &&
		fail "CRIU has dumped a process that cannot be restored"
	grep -aq "a memfd that is sealed against writing" "$images/dump.log" ||
		fail "CRIU failed for another reason: $(grep -a Error "$images/dump.log")"
	kill "$pid" || fail "the process that was refused has ended"
}

go()
{
	remember $u
	leaving
	exits 0 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)"
	say "$out"
	moved
	exit 12
}

first()
{
	mkdir -p $dir
	shared_program
	systemctl start $u || fail "$u does not start: $(systemctl status $u)"
	wait_for 60 test -s $run/count || fail "$u does not count"
	digests >"$CASE_DIR/digests"
	frames >"$CASE_DIR/frames"
	sealed_for_good
	remember $u
	exits 0 pramctl enable $u
	same "after a rehearsal"
	outsiders
	remember $u
	refused_jump "all processes were restored"
	moved
	settle $u
	wait_for 60 no_dropin || fail "the drop-in still exists"
	same "after a restore in the same kernel"
	go
}

# at MOMENT COMMAND [early]: makes CRIU run COMMAND once, at MOMENT of the next restore, after pram-criu-hook or, with
# "early", before it. CRIU runs action scripts in the reverse order of the command line. pramd must reload its settings.
at()
{
	local args
	case ${3:-} in
	early) args="restore \"\$@\" --action-script $dir/action" ;;
	*) args="restore --action-script $dir/action \"\$@\"" ;;
	esac
	mkdir -p /etc/pram
	cat >$dir/action <<-END
		#!/bin/sh
		echo "\$CRTOOLS_SCRIPT_ACTION" >>$dir/stages
		[ "\$CRTOOLS_SCRIPT_ACTION" = $1 ] && [ ! -e $dir/acted ] || exit 0
		touch $dir/acted
		$2
	END
	rm -f $dir/acted
	cat >$dir/criu <<-END
		#!/bin/sh
		if [ "\$1" = restore ]; then
		    shift
		    set -- $args
		fi
		exec /usr/sbin/criu "\$@"
	END
	chmod +x $dir/action $dir/criu
	echo "Criu=$dir/criu" >/etc/pram/pramd.conf
}

running()
{
	[ "$(prop ActiveState $u)/$(prop DropInPaths $u)" = active/ ] && [ "$(prop MainPID $u)" = "$(kept $u.pid)" ]
}

# pramd_dies MOMENT [early]: kills pramd, but not CRIU, at MOMENT of the restore. Normally the new pramd finds that the
# service runs. With "early", pram-criu-hook cannot reach pramd, CRIU gives up, and the new pramd repeats the restore.
pramd_dies()
{
	local pramd
	at "$1" "pkill -9 -x pramd" "${2:-}"
	systemctl reload pramd
	pramd=$(prop MainPID pramd.service)
	remember $u
	refuse_jump
	# pramctl loses its connection to pramd.
	exits 5 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)"
	allow_jump
	wait_for 120 running ||
		fail "$u is not restored after pramd was killed at $1: $(pramctl status; systemctl status --no-pager $u)"
	[ "$(prop MainPID pramd.service)" != "$pramd" ] || fail "pramd was not killed at $1"
	same "after pramd was killed at $1"
	exits 0 pramctl status
	says "Checkpoints:   0"
}

no_dropin()
{
	[ -z "$(prop DropInPaths $u)" ]
}

second()
{
	settle $u
	wait_for 60 no_dropin || fail "the drop-in still exists"
	same "after a kexec"
	exits 0 pramctl status
	says "Checkpoints:   0"
	# Make the next restore fail after all memory has been restored.
	at post-restore false
	go
}

third()
{
	settle $u
	equal "ActiveState of $u" "$(prop ActiveState $u)" failed
	exits 0 pramctl status
	says "Checkpoints:   1"
	equal "the last action of the failed restore" "$(tail -n 1 $dir/stages)" post-restore
	rm /etc/pram/pramd.conf
	systemctl reload pramd
	check "$u starts" systemctl start $u
	wait_for 60 no_dropin || fail "the drop-in still exists"
	same "after a restore that failed"
	exits 0 pramctl status
	says "Checkpoints:   0"
	pramd_dies post-restore early
	pramd_dies post-restore
	pramd_dies post-resume
	equal "the nodes" "$(filetest list)" ""
	equal "file descriptors stored by systemd" "$(systemctl show -P NFileDescriptorStore pramd)" 0
	check "$u stops" systemctl stop $u
}

case $STAGE in
1) first ;;
2) second ;;
3) third ;;
esac
