#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes each step of the checkpoint and of the restore of a tree fail, and kills pramd in each. Afterwards the tree
# runs with its memory intact, or can be restored, and nothing is left over.
# group: steps-walk-tree
# kernels: everyday
# long: everyday
# timeout: 1500

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/rebootlib.sh"
. "${0%/*}/../lib/steplib.sh"

# If the checkpoint fails, the tree continues. If pramd was killed, the tree may be in a complete checkpoint instead.
checkpoint()
{
	local status=0
	out=$(pramctl checkpoint tree --pid "$tree" 2>&1) || status=$?
	[ $status != 0 ] || fail "$fault: pramctl reports no error: $out"
	struck "$1" $status
	if [ "$1" = stop ]; then
		bring_tree_back
	fi
	tree_runs
	nothing_left
	registered
}

# After a failed restore either the checkpoint still exists, and a second restore works, or the tree runs.
restore()
{
	local status=0
	exits 0 pramctl checkpoint tree --pid "$tree"
	! alive "$tree" || fail "$fault: the tree still runs after the checkpoint"
	out=$(pramctl restore tree 2>&1) || status=$?
	struck "$1" $status
	if [ $status = 0 ]; then
		alive "$tree" || fail "$fault: pramctl reports no error, but the tree does not run: $out"
	else
		# pramd may have been killed after the restore was complete.
		alive "$tree" || tree_is_kept ||
			fail "$fault: neither the tree nor its checkpoint exists: $(pramctl list)"
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
