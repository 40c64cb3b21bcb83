#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# group: garbage
# boot: bare
# kernels: everyday debug
# long: debug
# timeout: 60
# leaves: yes
# allow-log: Malformed early option 'pram'
# A pram= that is not one: the boot goes on, says what is wrong, and starts clean.

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"

# go WORDS: a node is saved, and the next kernel gets WORDS instead of the right pram=
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
	log_has "pram= wants a page frame number in hex" || fail "not said what is wrong"
	clean_start garbage
	go pram=fffffffffff
	;;
4)
	log_has "super block at page frame fffffffffff ignored: not in free memory" ||
		fail "not said what is wrong"
	clean_start garbage
	# some page of RAM that is no super block
	go pram=8000
	;;
5)
	log_has "super block at page frame 8000 ignored: not a super block" ||
		fail "not said what is wrong"
	clean_start garbage
	;;
esac
exit 0
