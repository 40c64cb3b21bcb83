#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A kexec-reboot with registered trees fails at several points. All processes continue, and nothing is left over.
# group: pramctl
# kernels: everyday
# timeout: 300

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/treelib.sh"

kernel=/boot/vmlinuz-everyday
start_tree a
start_tree b
exits 0 pramctl register a --pid "${pid[a]}"
exits 7 pramctl register a --pid "${pid[a]}"
exits 0 pramctl kexec-reboot --kernel $kernel --dry-run
say "$out"
says "nothing stands in the way"
nothing_left
note_starts

# A check fails: the reboot is refused and no process is touched.
head -c 100000 /dev/urandom >/tmp/noise
exits 8 pramctl kexec-reboot --kernel /tmp/noise
says "not a bzImage"
exits 8 pramctl kexec-reboot --kernel /nowhere
exits 8 pramctl kexec-reboot --kernel $kernel --initrd /tmp
says "NO   initrd"
exits 8 pramctl kexec-reboot --kernel $kernel --append 'a="b'
says "open quote"
head -c 300000 $kernel >/tmp/short
exits 8 pramctl kexec-reboot --kernel /tmp/short
says "cut short"
untouched a b

# The second tree cannot be dumped: the first is restored, the third is not touched.
python3 -c 'import socket, time
s = socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)
time.sleep(1000)' &
bad=$!
wait_for 60 sh -c 'ls -l /proc/$1/fd | grep -q socket:' - $bad || fail "the process has not opened its socket"
exits 0 pramctl register bad --pid $bad
exits 0 pramctl register b --pid "${pid[b]}"
exits 1 pramctl kexec-reboot --kernel $kernel
say "$out"
says "bad: process $bad (python3) has a socket of a family or protocol that CRIU does not know"
nothing_left
restored a
untouched b
kill -0 $bad || fail "the process that cannot be dumped has ended"
exits 8 pramctl register x --pid 1
kill $bad
wait $bad
exits 8 pramctl kexec-reboot --kernel $kernel --dry-run
says "NO   tree       bad: "
exits 0 pramctl unregister bad
exits 6 pramctl unregister bad

# systemd refuses the kexec: both trees are dumped and restored.
note_starts
check "mask" systemctl mask --runtime --quiet kexec.target
exits 1 pramctl kexec-reboot --kernel $kernel
say "$out"
says "systemctl kexec failed"
says "all processes run again"
nothing_left
restored a b
check "unmask" systemctl unmask --runtime --quiet kexec.target
registered 2

# systemd accepts the kexec, but does nothing.
note_starts
mkdir -p /run/systemd/system /etc/pram
printf '[Unit]\nDescription=nothing\n' >/run/systemd/system/kexec.target
echo 'JumpTimeoutSec=3' >/etc/pram/pramd.conf
systemctl daemon-reload
check "pramd starts" systemctl restart pramd.service
exits 1 pramctl kexec-reboot --kernel $kernel
say "$out"
says "the machine did not go down for the kexec; all processes run again"
rm /run/systemd/system/kexec.target /etc/pram/pramd.conf
systemctl daemon-reload
check "pramd starts" systemctl restart pramd.service
nothing_left
restored a b
registered 2

# The kernel refuses to load the image: nothing is dumped.
note_starts
echo 0 >/proc/sys/kernel/kexec_load_limit_reboot
exits 1 pramctl kexec-reboot --kernel $kernel
say "$out"
says "kexec-tools could not load the image: this kernel does not permit it"
nothing_left
echo 1 >/proc/sys/kernel/kexec_load_disabled
exits 8 pramctl kexec-reboot --kernel $kernel
says "kexec_load_disabled is set"
untouched a b
kill "${pid[a]}" "${pid[b]}"
