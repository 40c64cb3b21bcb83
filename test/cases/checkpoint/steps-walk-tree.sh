#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes each step of the checkpoint and of the restore of a tree fail, and kills pramd in each. Afterwards the tree
# runs with its memory intact, or can be restored, depending on the step, and nothing is left over.
# group: steps-walk-tree
# kernels: everyday
# long: everyday
# timeout: 2400

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/rebootlib.sh"
. "${0%/*}/../lib/steplib.sh"

# pramd restores the tree that it has ended; if pramd was killed, the checkpoint is complete and stays.
checkpoint()
{
	local ended=restored
	[ "$1" = fail ] || ended=kept
	run_with_fault "$1" 1 pramctl checkpoint tree --pid "$tree" --tcp-established
	tree_is "$(outcome kills $ended untouched)"
	nothing_left
}

# Up to the point of no return, the checkpoint is kept; then a failure is only logged.
restore()
{
	exits 0 pramctl checkpoint tree --pid "$tree" --tcp-established
	! alive "$tree" || fail "$fault: the tree still runs after the checkpoint"
	run_with_fault "$1" "$(outcome no-return 0 1)" pramctl restore tree
	tree_is "$(outcome no-return restored kept)"
	nothing_left
}

program
setup_faults
start_tree
exits 0 pramctl register tree --pid "$tree" --tcp-established
walk checkpoint checkpoint
walk restore restore
walk_ends
