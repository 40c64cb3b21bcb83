#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A service that cannot be dumped stops the reboot: those that were dumped before it are restored at
# once, each in its unit, with its main pid, threads, timers, children and files of /run, and all run on
# as systemd's, as if nothing had been.
# group: units-fail
# rare: debug
# timeout: 300

. "${0%/*}/lib.sh"
. "${0%/*}/pramlib.sh"
. "${0%/*}/unitlib.sh"

start_units u-bad.service "${all[@]}"
exits 0 pramctl enable "${all[@]}" u-bad.service
exits 8 pramctl enable u-exec@.service
says "it is a template"

# u-bad was started first: all others are dumped before it
remember u-bad.service "${all[@]}"
exits 1 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)"
says "u-bad.service: CRIU: "
says "all processes run again"
wait_for 60 no_dropins || fail "the drop-ins are still there"
for u in u-bad.service "${all[@]}"; do
	runs_on "$u"
done
[ ! -e $dir/stop-post ] || fail "ExecStopPost= of u-fork was run"
exits 0 pramctl status
says "Checkpoints:   0"
says "kexec image:   not loaded"
