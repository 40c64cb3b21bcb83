#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Each step of a tree's checkpoint and of its restore fails, and pramd is killed in each: the tree runs
# with its memory, or is restored, and nothing is left.
# group: steps-walk-tree
# kernels: everyday
# long: everyday
# timeout: 1500

. "${0%/*}/lib.sh"
. "${0%/*}/pramlib.sh"
. "${0%/*}/steplib.sh"

registered()
{
	exits 0 pramctl status
	says "Registered:    1"
}

# With a checkpoint that fails the tree goes on; if pramd dies it may be kept as well.
checkpoint()
{
	local status=0
	out=$(pramctl checkpoint tree --pid "$tree" 2>&1) || status=$?
	[ $status != 0 ] || fail "$fault: no error: $out"
	struck "$1" $status
	if [ "$1" = stop ]; then
		bring_tree_back
	fi
	tree_runs
	nothing_left
	registered
}

# A restore that fails keeps the checkpoint, or the tree runs. Then a plain one brings it back.
restore()
{
	local status=0
	exits 0 pramctl checkpoint tree --pid "$tree"
	[ ! -e "/proc/$tree" ] || fail "$fault: the tree runs on"
	out=$(pramctl restore tree 2>&1) || status=$?
	struck "$1" $status
	if [ $status = 0 ]; then
		[ -e "/proc/$tree" ] || fail "$fault: no error, and no tree: $out"
	else
		# pramd may have died when all was done
		[ -e "/proc/$tree" ] || tree_is_kept ||
			fail "$fault: neither the tree nor its checkpoint is there: $(pramctl list)"
	fi
	bring_tree_back
	tree_runs
	nothing_left
	registered
}

program
setup_faults
start_tree
exits 0 pramctl register tree --pid "$tree"
say "$(pramd --list-steps)"
walk checkpoint checkpoint
walk restore restore
