#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes each step of a kexec-reboot fail, and kills pramd in each. Afterwards the tree and the service run with their
# memory intact, nobody has to restore the tree by hand, PRAM is empty, and no kexec image is left.
# group: steps-walk-reboot
# kernels: everyday
# long: everyday
# timeout: 3600

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/rebootlib.sh"
. "${0%/*}/../lib/steplib.sh"

# If pramd is killed after it has ended the tree, the next pramd must restore it.
reboot()
{
	local status=0
	out=$(pramctl kexec-reboot --kernel $kernel 2>&1) || status=$?
	[ $status != 0 ] || fail "$fault: pramctl reports no error: $out"
	struck "$1" $status
	if [ "$1" = stop ]; then
		tree_comes_back
	fi
	tree_runs
	unit_runs
	nothing_left
	registered
}

program
setup_faults
no_jump 1
start_tree
start_unit
exits 0 pramctl register tree --pid "$tree"
exits 0 pramctl enable walk.service
say "$(pramd --list-steps)"
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
pramctl kexec-reboot --kernel $kernel >/dev/null 2>&1 &
asker=$!
wait_for 60 test -e /run/walk-loads || fail "$fault: it does not load"
kill -KILL "$pramd"
wait $asker && fail "$fault: no error"
wait_for 60 pramd_is_back || fail "$fault: pramd is not back"
pramd=$(prop MainPID pramd.service)
exits 9 pramctl kexec-reboot --kernel $kernel
says "is still being unloaded"
rm /run/walk-loads
wait_for 60 in_log "kexec image that an earlier instance has left is unloaded" ||
	fail "$fault: the image is not unloaded"
tree_runs
unit_runs
nothing_left
