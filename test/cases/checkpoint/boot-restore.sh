#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Trees are restored on boot, over several kexecs. One that cannot be is kept with its reason and restored later. A
# corrupt checkpoint is named, and can be removed.
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

# A process that counts, with a file of its own open.
start()
{
	echo "of $1" >"$CASE_DIR/$1.data"
	cat >"$CASE_DIR/count.py" <<-'END'
		import os, sys, time
		held = open(f"{sys.argv[2]}/{sys.argv[1]}.data")
		data = bytearray(os.urandom(1 << 20)) * 8
		n = 0
		while True:
		    n += 1
		    with open(f"/run/new.{sys.argv[1]}", "w") as f:
		        f.write(f"{n}\n")
		    os.rename(f"/run/new.{sys.argv[1]}", f"/run/count.{sys.argv[1]}")
		    time.sleep(0.1)
	END
	systemd-run --quiet --unit="count-$1" -p StandardInput=null -p StandardOutput=null \
		-p StandardError=null python3 "$CASE_DIR/count.py" "$1" "$CASE_DIR" ||
		fail "$1 does not start"
	wait_for 60 test -s "/run/count.$1" || fail "$1 does not count"
	keep "$1.pid" "$(systemctl show -p MainPID --value "count-$1")"
	exits 0 pramctl register "$1" --pid "$(kept "$1.pid")"
}

# runs NAME: with the pid that it always had, and it counts on from where it was.
runs()
{
	local count
	wait_for 60 test -s "/run/count.$1" || fail "$1 does not count: $(pramctl status 2>&1)"
	[ -d "/proc/$(kept "$1.pid")" ] || fail "$1 is not process $(kept "$1.pid")"
	count=$(cat "/run/count.$1")
	sleep 2
	[ "$(cat "/run/count.$1")" -gt "$count" ] || fail "$1 does not go on"
	[ "$count" -gt "$(kept "$1.count")" ] || fail "$1 began anew"
}

restore_state()
{
	systemctl show -p ActiveState --value pram-restore.service
}

# settle: until all that can be restored at boot has been; the service fails in the boots in which a tree cannot be.
settle()
{
	local end=$((SECONDS + 180))
	[ -e /run/pram-trees ] || fail "pram-generator has not seen that there is a tree"
	until restore_state | grep -qxE 'active|failed'; do
		[ $SECONDS -lt $end ] || fail "pram-restore.service does not end: it is $(restore_state)"
		sleep 0.5
	done
	equal "pram-restore.service" "$(restore_state)" "$([ "$STAGE" = 3 ] && echo active || echo failed)"
}

# journal_has ID NAME TEXT: said in this boot, of that checkpoint.
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
		check "$name counts" test -s /run/count.$name
		keep $name.count "$(cat /run/count.$name)"
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
	start a
	start b
	echo "r! $CASE_DIR/b.data" >$vanishing
	go
	;;
2)
	runs a
	[ ! -e "$CASE_DIR/b.data" ] || fail "the file is still there"
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

	# pramd forgets why, not what
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
	go
	;;
4)
	# the list's first node is an image of the tree that was kept first
	runs b
	exits 0 pramctl status
	says "Registered:    1"
	says "Unclaimed:"
	says "Strange node:  ckpt/a/"
	out=$(echo "$out" | grep '^  a .*corrupt')
	says "the kernel found one of its nodes corrupt"
	journal_has 5bbd7e38fec7493ebac868336219bd7c a "corrupt"
	exits 8 pramctl restore a
	exits 0 pramctl remove a
	exits 0 pramctl status
	says "Checkpoints:   0"
	says_not "Strange node"
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
