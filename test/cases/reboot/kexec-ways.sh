#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Both calls that load an image, with an initrd: kexec_file_load(), and kexec_load() where the former is
# refused to pramd. The process goes on, and words of --append are the next kernel's.
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
		n = 0
		while True:
		    n += 1
		    good = n % 50 or hashlib.sha256(data).digest() == want
		    with open("/run/ways.new", "w") as f:
		        f.write(f"{n}\n" if good else "damaged\n")
		    os.rename("/run/ways.new", "/run/ways.count")
		    time.sleep(0.1)
	END
	systemd-run --quiet --unit=ways -p StandardInput=null -p StandardOutput=null \
		-p StandardError=null python3 "$CASE_DIR/count.py"
	wait_for 60 test -s $count || fail "it does not count"
	keep pid "$(systemctl show -p MainPID --value ways)"
	exits 0 pramctl register ways --pid "$(kept pid)"
}

counts_past()
{
	[ "$(cat $count)" -gt "$1" ]
}

# It counts on, for longer than it takes to look at all of its memory.
goes_on()
{
	local was
	wait_for 120 test -s $count || fail "not restored: $(pramctl status; journalctl -b -u pramd)"
	[ -d "/proc/$(kept pid)" ] || fail "it is not process $(kept pid)"
	was=$(cat $count)
	[ "$was" -gt "$(kept count)" ] || fail "it began anew"
	wait_for 60 counts_past $((was + 50)) || fail "it stands: $(cat $count)"
}

# go WORD: jumps with it on the command line.
go()
{
	keep count "$(cat $count)"
	leaving
	exits 0 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)" --initrd $initrd \
		--append "pram.ways=$1"
	say "$out"
	exit 12
}

# came WORD: this kernel was started with it, by way of the initrd.
came()
{
	grep -qw "pram.ways=$1" /proc/cmdline || fail "the command line: $(cat /proc/cmdline)"
	dmesg | grep -q 'initrd: the root is mounted' || fail "the initrd was not run"
	goes_on
}

# Writes down how kexec was called, and how it ended.
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
