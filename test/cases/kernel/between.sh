#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# needs: PRAM_TEST
# group: between
# boot: bare
# memory: 4G
# kernels: everyday
# timeout: 60
# leaves: yes
# A kernel without PRAM runs between two kernels with PRAM. The third kernel gets the stale pram= and must ignore it.
# The first time the kernel in between does not use the memory above 4 GiB, where all nodes are: they are intact, and
# only the canary shows that another kernel has run. The second time it uses all memory.

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"

save_and_jump()
{
	check "save" ctl save-pages first 100 0
	[ $((16#$(pram_pfn))) -ge $((16#100000)) ] || fail "the super block is not above 4 GiB"
	keep line "$(next_cmdline)"
	jump plain "$(kept line)$1"
}

case $STAGE in
1)
	# shellcheck disable=SC2016
	save_and_jump ' memmap=2G$4G'
	;;
2 | 4)
	[ ! -e /sys/kernel/pram ] || fail "this kernel has PRAM, but must not"
	jump next "$(kept line)"
	;;
3)
	log_has "ignored: another kernel has run since it was sealed" ||
		fail "the log has no message about the canary: $(dmesg | grep PRAM: | tr '\n' ' ')"
	clean_start first
	save_and_jump
	;;
5)
	# The kernel in between may have overwritten the page of the super block, or not.
	reason=$(dmesg | sed -n 's/.*PRAM: super block .* ignored: //p')
	case $reason in
	"another kernel has run since it was sealed; nothing is preserved" | \
		"not a super block; nothing is preserved" | \
		"checksum mismatch, or it was never sealed; nothing is preserved") ;;
	*) fail "the stale super block was accepted: $(dmesg | grep PRAM: | tr '\n' ' ')" ;;
	esac
	clean_start first
	;;
esac
exit 0
