#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# needs: PRAM_TEST
# group: garbage
# boot: bare
# kernels: everyday debug
# long: debug
# timeout: 60
# leaves: yes
# allow-log: Malformed early option 'pram'
# Invalid values of pram=: the kernel boots, logs what is wrong, and starts with an empty PRAM.

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"

# go WORDS: saves a node and starts the next kernel with WORDS instead of the correct pram=.
go()
{
	check "save" ctl save-pages garbage 100 0
	jump "$(jump_kernel)" "$(bare_cmdline) $1"
}

case $STAGE in
1)
	go ""
	;;
2)
	log_has "super block" && fail "a super block was found without pram="
	clean_start garbage
	go pram=nothex
	;;
3)
	log_has "pram= is not a page frame number in hex" || fail "the log does not report the invalid pram="
	clean_start garbage
	go pram=fffffffffff
	;;
4)
	log_has "super block at page frame fffffffffff ignored: not in free memory" ||
		fail "the log does not report the invalid pram="
	clean_start garbage
	# a page of RAM that is not a super block
	go pram=8000
	;;
5)
	log_has "super block at page frame 8000 ignored: not a super block" ||
		fail "the log does not report the invalid pram="
	clean_start garbage
	;;
esac
exit 0
