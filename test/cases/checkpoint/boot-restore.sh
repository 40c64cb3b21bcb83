#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Registered trees are restored at boot, over several kexecs. If a tree cannot be restored, its checkpoint is kept, the
# reason is reported, and the tree can be restored later. A corrupt checkpoint is reported and can be removed.
# needs: PRAM_TEST
# group: boot-restore
# long: debug
# timeout: 240
# leaves: yes

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"

vanishing=/etc/tmpfiles.d/pram-boot-restore.conf

says_not()
{
	case $out in
	*"$1"*) fail "'$1' is in: $out" ;;
	esac
}

# start NAME MIB: starts and registers a process that counts, holds MIB of memory and has the file NAME.data open.
start()
{
	echo "of $1" >"$CASE_DIR/$1.data"
	cat >"$CASE_DIR/count.py" <<-'END'
		import os, sys, time
		held = open(f"{sys.argv[2]}/{sys.argv[1]}.data")
		data = bytearray(os.urandom(1 << 20)) * int(sys.argv[3])
		with open(f"/run/pid.{sys.argv[1]}", "w") as f:
		    f.write(f"{os.getpid()}\n")
		n = 0
		while True:
		    n += 1
		    # on disk: the process may be frozen while the file is open, and /run is empty after a kexec
		    with open(f"{sys.argv[2]}/new.{sys.argv[1]}", "w") as f:
		        f.write(f"{n}\n")
		    os.rename(f"{sys.argv[2]}/new.{sys.argv[1]}", f"{sys.argv[2]}/count.{sys.argv[1]}")
		    time.sleep(0.1)
	END
	systemd-run --quiet --scope --unit="count-$1" setsid python3 "$CASE_DIR/count.py" "$1" "$CASE_DIR" "$2" \
		</dev/null >/dev/null 2>&1 &
	wait_for 60 test -s "$CASE_DIR/count.$1" || fail "$1 does not count"
	keep "$1.pid" "$(cat "/run/pid.$1")"
	exits 0 pramctl register "$1" --pid "$(kept "$1.pid")"
}

# runs NAME: checks that the process has its original PID and continues counting from the stored count.
runs()
{
	local count
	wait_for 60 test -s "$CASE_DIR/count.$1" || fail "$1 does not count: $(pramctl status 2>&1)"
	[ -d "/proc/$(kept "$1.pid")" ] || fail "$1 is not process $(kept "$1.pid")"
	count=$(cat "$CASE_DIR/count.$1")
	wait_for 30 sh -c '[ "$(cat "$1")" -gt "$2" ]' - "$CASE_DIR/count.$1" "$count" ||
		fail "$1 does not continue to count after $count"
	[ "$count" -gt "$(kept "$1.count")" ] || fail "$1 started counting again from zero"
}

restore_state()
{
	systemctl show -p ActiveState --value pram-restore.service
}

# settle: waits until the restore at boot has finished. pram-restore.service fails in the boots in which one tree cannot
# be restored.
settle()
{
	local end=$((SECONDS + 180))
	[ -e /run/pram-trees ] || fail "pram-generator has not detected that a tree must be restored"
	until restore_state | grep -qxE 'active|failed'; do
		[ $SECONDS -lt $end ] || fail "pram-restore.service does not finish, its state is $(restore_state)"
		sleep 0.5
	done
	equal "pram-restore.service" "$(restore_state)" "$([ "$STAGE" = 3 ] && echo active || echo failed)"
}

# journal_has ID NAME TEXT: checks that the journal of this boot has this message about the checkpoint.
journal_has()
{
	journalctl --sync
	out=$(journalctl -b -o cat "MESSAGE_ID=$1" "PRAM_CHECKPOINT=$2")
	says "$3"
}

go()
{
	local name
	for name in a b; do
		check "$name counts" test -s "$CASE_DIR/count.$name"
		keep $name.count "$(cat "$CASE_DIR/count.$name")"
	done
	leaving
	exits 0 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)"
	say "$out"
	exit 12
}

if [ "$STAGE" -gt 1 ]; then
	settle
	say "$(pramctl status)"
fi

case $STAGE in
1)
	start a 32
	start b 8
	echo "r! $CASE_DIR/b.data" >$vanishing
	go
	;;
2)
	runs a
	[ ! -e "$CASE_DIR/b.data" ] || fail "systemd-tmpfiles has not removed b.data"
	[ ! -d "/proc/$(kept b.pid)" ] || fail "b runs without its file"
	exits 0 pramctl status
	says "Registered:    1"
	says "Checkpoints:   1"
	out=$(echo "$out" | grep '^  b .*failed')
	says "b.data"
	journal_has 91a01973075442e49bbe3453a296c25f b "b.data"
	journal_has 0078467e71974279b19ffbcf9a7693f2 a "runs again"
	exits 1 pramctl restore b
	says "b.data"

	# After a restart pramd does not know the reason any more, but it still has the checkpoint.
	systemctl restart pramd.service
	exits 0 pramctl list
	says $'\nb '
	runs a

	rm $vanishing
	echo "of b" >"$CASE_DIR/b.data"
	exits 0 pramctl restore b
	runs b
	exits 0 pramctl status
	says "Checkpoints:   0"
	says "Registered:    2"
	go
	;;
3)
	runs a
	runs b
	exits 0 pramctl status
	says "Checkpoints:   0"
	says "Registered:    2"
	exits 0 pramctl release
	says "0 pages freed"
	check "damage" ctl damage link
	# One dump at a time: that of the larger tree is the first.
	mkdir -p /etc/pram
	echo "ParallelDumps=1" >/etc/pram/pramd.conf
	check "pramd reads its settings" systemctl reload-or-restart pramd.service
	go
	;;
4)
	# The damaged node is the first in the list: the memory of a, which was dumped first.
	runs b
	exits 0 pramctl status
	says "Registered:    1"
	says "Unclaimed:"
	says "Unknown node:  ckpt/a/mem-"
	out=$(echo "$out" | grep '^  a .*corrupt')
	says "the kernel found one of its nodes corrupt"
	journal_has 5bbd7e38fec7493ebac868336219bd7c a "corrupt"
	exits 8 pramctl restore a
	exits 0 pramctl remove a
	exits 0 pramctl status
	says "Checkpoints:   0"
	says_not "Unknown node"
	says "Unclaimed:"
	exits 0 pramctl release --json
	says '"pages": '
	says_not '"pages": 0,'
	exits 0 pramctl status
	says_not "Unclaimed:"
	exits 0 pramctl release
	says "0 pages freed, 0 corrupt nodes dropped"
	runs b
	;;
esac
exit 0
