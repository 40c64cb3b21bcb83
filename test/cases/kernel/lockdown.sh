#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# group: lockdown
# boot: bare
# kernels: everyday
# timeout: 120
# leaves: yes
# allow-log: Lockdown: .* is restricted
# Root forges a super block in the memory of a process, and names it by pram=. A kernel that is not locked down
# takes it, so the forgery is good. A kernel that is locked down does not, whether the kernel before it was locked
# down or not. It does take a super block whose place kexec_file_load() has passed.

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"

# Makes a forged super block and stores its page frame. The process that has it lives until the kexec.
make_forgery()
{
	local range
	range=$(dmesg | sed -n 's/.*PRAM: scratch \[mem 0x\([0-9a-f]*\)-0x\([0-9a-f]*\)\].*/\1 \2/p' | head -n 1)
	[ -n "$range" ] || fail "the log has no scratch range"
	rm -f "$CASE_DIR/forged"
	# shellcheck disable=SC2086
	forge $range >"$CASE_DIR/forged" &
	wait_for 20 test -s "$CASE_DIR/forged" || fail "forge has not made a super block"
}

# jump_to WORDS: starts the next kernel with WORDS instead of pram= and lockdown= of this one.
jump_to()
{
	sync
	jump next "$(bare_cmdline | sed 's/ lockdown=[^ ]*//') $1"
}

is_locked()
{
	dmesg | grep -q "Kernel is locked down from command line" || fail "the kernel is not locked down"
}

refused()
{
	log_has "super block at page frame $(kept forged) ignored: the kernel is locked down" ||
		fail "the log does not report the forged pram=: $(dmesg | grep PRAM: | tr '\n' ' ')"
	exits 1 forge read forged
	says "there is no node forged"
	[ "$(pram_pfn)" != 0 ] || fail "PRAM is off"
	[ "$(pram_pfn)" != "$(kept forged)" ] || fail "the forged super block is in use"
	check "save" forge save works works
	equal "a node that was saved" "$(forge read works)" works
}

case $STAGE in
1)
	make_forgery
	jump_to "pram=$(kept forged)"
	;;
2)
	equal "the forged node" "$(forge read forged)" "what root has written"
	make_forgery
	jump_to "pram=$(kept forged) lockdown=integrity"
	;;
3)
	is_locked
	refused
	check "save" forge save true "a true node"
	keep pfn "$(pram_pfn)"
	jump_to "pram=$(pram_pfn) lockdown=integrity"
	;;
4)
	is_locked
	equal "the pfn after a kexec" "$(pram_pfn)" "$(kept pfn)"
	equal "the node of the kernel before" "$(forge read true)" "a true node"
	out=$(kexec -c -l /boot/vmlinuz-next --command-line="$(next_cmdline)" 2>&1) && fail "kexec_load() works: $out"
	says "not permitted"
	make_forgery
	jump_to "pram=$(kept forged) lockdown=integrity"
	;;
5)
	is_locked
	refused
	;;
esac
exit 0
