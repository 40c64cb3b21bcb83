#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# group: damage
# long: debug
# boot: bare
# timeout: 60
# leaves: yes
# What the earlier kernel left is damaged, a little different each time: what is wrong is named, the
# rest is kept, the boot goes on.

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"

go()
{
	check "save" ctl save-pages first 100 0
	check "save" ctl save-pages second 50 2
	check "save" ctl save-pages third 100 0
	check "damage" ctl damage "$1"
	jump "$(jump_kernel)" "$(next_cmdline)"
}

# the log names REASON, and nothing is preserved
nothing_kept()
{
	log_has "$1" || fail "not said what is wrong: $(dmesg | grep PRAM:)"
	clean_start first
	clean_start third
}

# the log names REASON; the first node is lost, the others are there
first_lost()
{
	log_has "$1" || fail "not said what is wrong: $(dmesg | grep PRAM:)"
	log_has "preserved pages belong to no node" || fail "no unclaimed pages"
	ctl load-pages first 100 0 && fail "the damaged node was loaded"
	check "the second" ctl load-pages second 50 2
	check "the third" ctl load-pages third 100 0
	forget_damage
}

# what is left of the damaged ones is given up, so that the next stage can begin anew
forget_damage()
{
	local before name
	before=$(memfree_settled)
	for name in $(filetest list | awk '$3 == 3 { print $1 }'); do
		check "remove $name" filetest rm "$name"
	done
	check "release" filetest release
	[ "$(memfree_settled)" -gt "$before" ] || fail "nothing was freed"
}

case $STAGE in
1) go version ;;
2)
	nothing_kept "ignored: unknown format version"
	go page
	;;
3)
	nothing_kept "ignored: not a super block"
	go sb
	;;
4)
	nothing_kept "ignored: checksum mismatch"
	go map
	;;
5)
	nothing_kept "map ignored: checksum mismatch"
	go node
	;;
6)
	# the list cannot be followed beyond it
	log_has "is corrupt: checksum mismatch in the node" || fail "not said what is wrong"
	forget_damage
	go link
	;;
7)
	first_lost 'node "first" is corrupt: checksum mismatch in a link'
	go bit
	;;
8)
	first_lost 'node "first" is corrupt: a page of it was not preserved'
	go list
	;;
9)
	log_has "preserved pages belong to no node" || fail "no unclaimed pages"
	check "the first" ctl load-pages first 100 0
	ctl load-pages second 50 2 && fail "the dropped node is there"
	check "the third" ctl load-pages third 100 0
	forget_damage
	;;
esac
exit 0
