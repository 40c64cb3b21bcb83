#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The memory of processes is kept over a kexec and put into new processes. Every page and every flag is unchanged.
# group: mem-kexec
# boot: bare
# memory: 2G
# timeout: 90

. "${0%/*}/../lib/lib.sh"

case $STAGE in
1)
	out=$(memtest save one "$CASE_DIR/one" small sparse partial zero none moved) || fail "$out"
	say "$out"
	out=$(memtest save two "$CASE_DIR/two" huge flags forked) || fail "$out"
	say "$out"
	next_by_kexec
	;;
2)
	for node in two one; do
		# shellcheck disable=SC2046
		out=$(memtest load $node "$CASE_DIR/$node" \
			$([ $node = one ] && echo small sparse partial zero none moved || echo huge flags forked)) ||
			fail "$out"
		say "$out"
	done
	[ -z "$(filetest list)" ] || fail "nodes are left: $(filetest list)"
	;;
esac
exit 0
