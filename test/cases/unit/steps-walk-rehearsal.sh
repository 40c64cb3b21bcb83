#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes each step that a dry run reaches fail, and kills pramd in each: the steps of the kexec-reboot up to the
# rehearsal, and the steps of the dump that is rehearsed, up to its commit. The service runs on untouched, and nothing
# is left over.
# group: steps-walk-rehearsal
# kernels: everyday
# long: everyday
# timeout: 1800

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/rebootlib.sh"
. "${0%/*}/../lib/steplib.sh"

# The dry run ends with the step that may end it; the dump with the verdict, which comes before the commit.
reaches()
{
	# shellcheck disable=SC2154
	case $flags in
	*commit*) return 1 ;;
	*may-end*) return 0 ;;
	esac
	! past commit && ! past may-end
}

dry_run()
{
	run_with_fault "$1" "$refused" pramctl kexec-reboot --kernel $kernel --dry-run
	[ "$1" = stop ] || says "$failure"
	unit_is untouched
	nothing_left
}

# not_reached TABLE: checks that a fault in the step that the dry run does not reach has no effect.
not_reached()
{
	[ -n "$beyond" ] || fail "the dry run has reached all steps of $1"
	with_fault "$1:$beyond" before fail
	exits 0 pramctl kexec-reboot --kernel $kernel --dry-run
	says "nothing prevents the reboot"
	! in_log "$failure" || fail "$fault: the step was reached"
	unit_is untouched
	nothing_left
}

setup_unit_walk
refused=1
walk kexec-reboot dry_run
not_reached kexec-reboot
# A dump that fails prevents the reboot.
refused=8
walk checkpoint dry_run
not_reached checkpoint
walk_ends
