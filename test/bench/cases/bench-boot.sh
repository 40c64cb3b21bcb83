#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The time of a boot with 1 GiB preserved as every second page of 4 KiB, compared with a boot with nothing preserved.
# Measured from just before the kexec, in ticks of the time stamp counter: `result boot KIND ROUND WHAT TICKS`. At each
# `tick` the host records the CPU time of QEMU, which other load on the host affects less.
# group: bench
# kernels: everyday
# timeout: 240
# leaves: yes
# memory: 6G

# shellcheck source=../../cases/lib/lib.sh
. "${0%/*}/../lib/lib.sh"
# shellcheck source=../../cases/lib/pramlib.sh
. "${0%/*}/../lib/pramlib.sh"

now=$(tsc /dev/stdout true)
say tick agent
first=/var/lib/pram-test/tsc-init
init=init=/usr/lib/pram-test/bin/tsc
count=262144
rounds=$(sed -n 's/.*pram\.bench_boots=\([^ ]*\).*/\1/p' /proc/cmdline)
rounds=${rounds:-3}

# The two kinds alternate, so that slow changes on the host affect both.
kind_of()
{
	[ $(($1 % 2)) = 1 ] && echo none || echo pages
}

# The output of a case is lost when it reboots the machine, so the last stage prints all results.
note()
{
	echo "result boot $*" >>"$CASE_DIR/results"
}

arrived()
{
	local kind round=$((STAGE / 2)) before
	kind=$(kind_of $((STAGE - 1)))
	before=$(kept tsc)
	note "$kind" $round init $(($(cat $first) - before))
	note "$kind" $round agent $((now - before))
	dmesg | grep -E 'PRAM: |Run .* as init|Memory: '
	[ "$kind" = pages ] || return
	equal "pages preserved" "$(filetest list | awk '$1 == "bench" { print $5 }')" $count
	check "remove the node" filetest rm bench
}

go()
{
	if [ "$(kind_of "$STAGE")" = pages ]; then
		check "save $count pages" ctl save-scattered bench $count
	fi
	say "boot $STAGE of $((2 * rounds)): $(kind_of "$STAGE")"
	kexec_load /boot/vmlinuz-everyday "$(grep -qF $init /proc/cmdline || echo $init)" ||
		fail "kexec -l"
	leaving
	sync
	say "tick jump $(kind_of "$STAGE") $(((STAGE + 1) / 2))"
	tsc "$CASE_DIR/tsc" kexec -e -x
	fail "kexec -e returned"
}

if [ "$STAGE" -gt 1 ]; then
	arrived
else
	note tsc 0 mhz "$(dmesg | sed -n 's/.*tsc: Detected \([0-9.]*\) MHz.*/\1/p' |
		tail -n 1)"
fi
[ "$STAGE" -gt $((2 * rounds)) ] || go
cat "$CASE_DIR/results"
