#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# systemd refuses the kexec after the services were dumped: they are restored immediately and continue. If the image
# cannot be loaded, the reboot is cancelled before any dump.
# group: units-jump
# long: everyday
# rare: debug
# timeout: 300

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/rebootlib.sh"
. "${0%/*}/../lib/unitlib.sh"

units=(u-notify.service u-fork.service)

all_run_on()
{
	local u
	for u in "${units[@]}"; do
		runs_on "$u"
	done
	[ ! -e $dir/stop-post ] || fail "ExecStopPost= of u-fork was run"
	[ ! -e /var/lib/pram/left ] || fail "/var/lib/pram/left exists, so the next boot would report lost services"
	exits 0 pramctl status
	says "Checkpoints:   0"
	says "kexec image:   not loaded"
}

start_units "${units[@]}"
exits 0 pramctl enable "${units[@]}"
remember "${units[@]}"
refused_jump "all processes were restored"
for u in "${units[@]}"; do
	says "$u: ending the tree"
done
wait_for 60 no_dropins || fail "the drop-ins still exist"
all_run_on

remember "${units[@]}"
echo 0 >/proc/sys/kernel/kexec_load_limit_reboot
exits 1 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)"
say "$out"
says "kexec-tools could not load the image: this kernel does not permit it"
case $out in *dumping*) fail "a service was dumped although the image could not be loaded" ;; esac
all_run_on
