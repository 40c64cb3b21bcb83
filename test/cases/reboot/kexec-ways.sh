#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Both system calls that load an image, with an initrd: kexec_file_load(), and kexec_load() if the former is blocked for
# pramd. The process continues, and the next kernel gets the words of --append.
# group: kexec-ways
# long: everyday
# rare: debug
# timeout: 180
# leaves: yes

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"

count=/run/ways.count
dropin=/run/systemd/system/pramd.service.d/no-file-load.conf
initrd=/usr/lib/pram-test/bin/initrd.img

start()
{
	cat >"$CASE_DIR/count.py" <<-'END'
		import hashlib, os, time
		data = os.urandom(1 << 20) * 64
		want = hashlib.sha256(data).digest()
		with open("/run/ways.pid", "w") as f:
		    f.write(f"{os.getpid()}\n")
		n = 0
		while True:
		    n += 1
		    good = n % 50 or hashlib.sha256(data).digest() == want
		    with open("/run/ways.new", "w") as f:
		        f.write(f"{n}\n" if good else "damaged\n")
		    os.rename("/run/ways.new", "/run/ways.count")
		    time.sleep(0.1)
	END
	systemd-run --quiet --scope --unit=ways setsid python3 "$CASE_DIR/count.py" </dev/null >/dev/null 2>&1 &
	wait_for 60 test -s $count || fail "the process does not count"
	keep pid "$(cat /run/ways.pid)"
	exits 0 pramctl register ways --pid "$(kept pid)"
}

counts_past()
{
	[ "$(cat $count)" -gt "$1" ]
}

# Checks that the process continues to count long enough to verify all of its memory once.
goes_on()
{
	local was
	wait_for 120 test -s $count || fail "the process was not restored: $(pramctl status; journalctl -b -u pramd)"
	[ -d "/proc/$(kept pid)" ] || fail "the process does not have PID $(kept pid)"
	was=$(cat $count)
	[ "$was" -gt "$(kept count)" ] || fail "the process started counting again from zero"
	wait_for 60 counts_past $((was + 50)) || fail "the process does not continue to count: $(cat $count)"
}

# go WORD: reboots by kexec with WORD on the command line.
go()
{
	keep count "$(cat $count)"
	leaving
	exits 0 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)" --initrd $initrd \
		--append "pram.ways=$1"
	say "$out"
	exit 12
}

# came WORD: checks that this kernel was started with WORD and used the initrd.
came()
{
	grep -qw "pram.ways=$1" /proc/cmdline ||
		fail "the command line does not have pram.ways=$1: $(cat /proc/cmdline)"
	dmesg | grep -q 'initrd: the root is mounted' || fail "the initrd was not run"
	goes_on
}

# Installs a wrapper that records the arguments and the result of each call of kexec.
note_calls()
{
	cat >/usr/local/sbin/kexec <<-END
		#!/bin/sh
		/sbin/kexec "\$@"
		status=\$?
		[ \$status = 0 ] && how=loads || how=fails
		echo "\$1 \$how" >>$CASE_DIR/calls
		exit \$status
	END
	chmod +x /usr/local/sbin/kexec
}

case $STAGE in
1)
	start
	note_calls
	go one
	;;
2)
	came one
	equal "the calls of kexec" "$(cat "$CASE_DIR/calls")" "-s loads"
	rm "$CASE_DIR/calls"
	mkdir -p "${dropin%/*}"
	printf '[Service]\nSystemCallFilter=~kexec_file_load\nSystemCallErrorNumber=ENOSYS\n' >$dropin
	systemctl daemon-reload
	systemctl restart pramd.service
	go two
	;;
3)
	came two
	equal "the calls of kexec" "$(cat "$CASE_DIR/calls")" $'-s fails\n-c loads'
	;;
esac
