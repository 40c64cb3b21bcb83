#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes each step of a kexec-reboot fail, and kills pramd in each. Afterwards the tree and the service run with their
# memory intact: untouched up to the step that ends them, and from then on restored by themselves. PRAM is empty, and no
# kexec image is left. steps-walk-rehearsal does the same with a dry run.
# group: steps-walk-reboot
# kernels: everyday
# long: everyday
# timeout: 3600

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/rebootlib.sh"
. "${0%/*}/../lib/steplib.sh"

# What has been ended is restored by itself, also if pramd was killed. A service that would start afresh after the
# reboot runs on.
reboot()
{
	run_with_fault "$1" 1 pramctl kexec-reboot --kernel $kernel --allow-fresh walk-fresh
	[ "$1" = stop ] || says "$failure"
	if past kills && [ "$1" = fail ]; then
		says "all processes were restored"
	fi
	both_are "$(outcome kills restored untouched)"
}

both_are()
{
	tree_is "$1"
	unit_is "$1"
	units_untouched "$fault" walk-fresh.service
	nothing_left
}

program
setup_faults
no_jump 1
start_tree
start_unit
start_fresh
exits 0 pramctl register tree --pid "$tree" --tcp-established
exits 0 pramctl enable walk.service
walk kexec-reboot reboot

# pramd is killed while kexec still loads the image: the next instance waits for that, and unloads the image.
fault="pramd is killed while kexec loads"
cat >/usr/local/sbin/kexec <<-'END'
	#!/bin/sh
	case "$*" in
	*-l*)
		touch /run/walk-loads
		while [ -e /run/walk-loads ]; do sleep 0.2; done
		;;
	esac
	exec /usr/sbin/kexec "$@"
END
chmod 755 /usr/local/sbin/kexec
say "$fault"
pramd=$(prop MainPID pramd.service)
note_processes
pramctl kexec-reboot --kernel $kernel --allow-fresh walk-fresh >/dev/null 2>&1 &
asker=$!
wait_for 60 test -e /run/walk-loads || fail "$fault: it does not load"
kill -KILL "$pramd"
exited 5 $asker
wait_for 60 pramd_is_back || fail "$fault: pramd is not back"
pramd=$(prop MainPID pramd.service)
exits 9 pramctl kexec-reboot --kernel $kernel --allow-fresh walk-fresh
says "is still being unloaded"
rm /run/walk-loads
wait_for 60 in_log "kexec image that an earlier pramd has left is being unloaded" ||
	fail "$fault: the image is not unloaded"
both_are untouched
walk_ends
