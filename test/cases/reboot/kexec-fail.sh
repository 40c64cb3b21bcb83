#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A kexec-reboot with registered trees fails at several points. All processes continue, and nothing is left over. If it
# fails before the verdict, no process was ended. kexec-stop has those that are called off while they run.
# group: pramctl
# kernels: everyday
# timeout: 500

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/rebootlib.sh"
. "${0%/*}/../lib/treelib.sh"

kernel=/boot/vmlinuz-everyday

start_tree a
start_tree b
exits 0 pramctl register a --pid "${pid[a]}"
exits 7 pramctl register a --pid "${pid[b]}"
exits 8 pramctl register again --pid "${pid[a]}"
says "process ${pid[a]} is registered already, as a (reason: process-registered; see "
journald=$(prop MainPID systemd-journald.service)
exits 8 pramctl register journald --pid "$journald"
says "process $journald is the main process of systemd-journald.service: use pramctl enable"

# A dry run rehearses the dump, and ends nothing.
note_starts
exits 0 pramctl kexec-reboot --kernel $kernel --dry-run
say "$out"
says "a: can be kept; it paused for "
says "nothing prevents the reboot"
nothing_left
untouched a b

# A check fails: the reboot is refused and no process is touched.
head -c 100000 /dev/urandom >/tmp/noise
exits 8 pramctl kexec-reboot --kernel /tmp/noise
says "not a bzImage"
exits 8 pramctl kexec-reboot --kernel /nowhere
exits 8 pramctl kexec-reboot --kernel $kernel --initrd /tmp
says "NO   initrd"
exits 8 pramctl kexec-reboot --kernel $kernel --append 'a="b'
says "lacks a closing quote"
head -c 300000 $kernel >/tmp/short
exits 8 pramctl kexec-reboot --kernel /tmp/short
says "the file is truncated"
untouched a b

# The initrd is damaged. The next kernel has no PRAM, or its modules are not there: its configuration beside it says so.
initrd=/usr/lib/pram-test/bin/initrd.img
: >/tmp/empty
exits 8 pramctl kexec-reboot --kernel $kernel --initrd /tmp/empty
says "/tmp/empty is not a usable initrd: empty"
head -c 2000 $initrd >/tmp/cut
exits 8 pramctl kexec-reboot --kernel $kernel --initrd /tmp/cut
says "/tmp/cut is not a usable initrd: truncated"
exits 8 pramctl kexec-reboot --kernel $kernel --initrd /tmp/noise
says "/tmp/noise is not a usable initrd: neither a cpio archive"
exits 0 pramctl kexec-reboot --kernel $kernel --dry-run --no-rehearsal
says "unknown whether $kernel has PRAM"
release=$(uname -r)
beside=/tmp/boot
mkdir $beside
cp $kernel "$beside/vmlinuz-$release"
cp $initrd "$beside/initrd.img-$release"
# config LINE...: writes the configuration of the kernel in $beside.
config()
{
	printf '%s\n' "# Linux/x86 6.12 Kernel Configuration" CONFIG_BLK_DEV_INITRD=y "$@" \
		"# end of Kernel hacking" >"$beside/config-$release"
}
config "# CONFIG_PRAM is not set"
exits 8 pramctl kexec-reboot --kernel "$beside/vmlinuz-$release"
says "NO   next-pram"
says "is built without PRAM"
config CONFIG_PRAM=y CONFIG_PRAM_FORMAT=99
exits 8 pramctl kexec-reboot --kernel "$beside/vmlinuz-$release"
says "reads format 99 of PRAM"
config CONFIG_PRAM=y
exits 0 pramctl kexec-reboot --kernel "$beside/vmlinuz-$release" --dry-run --no-rehearsal
says "has PRAM"
says "Initrd:        $beside/initrd.img-$release"
exits 0 pramctl kexec-reboot --kernel "$beside/vmlinuz-$release" --no-initrd --dry-run --no-rehearsal
says "Initrd:        none"
config CONFIG_PRAM=y CONFIG_USB=m
modules=/lib/modules/another
mkdir -p $modules
touch $modules/modules.dep
exits 8 pramctl kexec-reboot --kernel "$beside/vmlinuz-$release"
says "/lib/modules/$release/modules.dep is missing"
rm -r $modules $beside
untouched a b

# One of three trees cannot be dumped: a dry run says so, and the reboot is called off. Nothing was ended.
python3 -c 'import socket, time
s = socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)
time.sleep(1000)' &
pid[bad]=$!
bad=${pid[bad]}
wait_for 60 sh -c 'ls -l /proc/$1/fd | grep -q socket:' - "$bad" || fail "the process has not opened its socket"
exits 0 pramctl register bad --pid "$bad"
exits 0 pramctl register b --pid "${pid[b]}"
note_starts
all_untouched()
{
	says "bad: process $bad (python3) has a socket of a family or protocol that CRIU does not know"
	says "(reason: socket-type; see "
	nothing_left
	untouched a b
	equal "the start time of bad" "$(started bad)" "${was[bad]}"
	kill -0 "$bad" || fail "the process that cannot be dumped has ended"
	registered 3
}
exits 8 pramctl kexec-reboot --kernel $kernel --dry-run
say "$out"
says "a: can be kept; it paused for "
says "b: can be kept; it paused for "
all_untouched
exits 0 pramctl kexec-reboot --kernel $kernel --dry-run --no-rehearsal
says "nothing prevents the reboot"
case $out in *paused*) fail "the dumps were rehearsed: $out" ;; esac
exits 1 pramctl kexec-reboot --kernel $kernel
say "$out"
says "; all processes continue to run"
all_untouched

# The only tree cannot be dumped: the reboot is called off, and does not wait for any other.
exits 0 pramctl unregister a
exits 0 pramctl unregister b
exits 1 timeout 120 pramctl kexec-reboot --kernel $kernel
say "$out"
says "bad: process $bad (python3) has a socket of a family or protocol that CRIU does not know"
says "; all processes continue to run"
nothing_left
registered 1
equal "the start time of bad" "$(started bad)" "${was[bad]}"
exits 0 pramctl register a --pid "${pid[a]}"
exits 0 pramctl register b --pid "${pid[b]}"
registered 3
exits 8 pramctl register x --pid 1
kill "$bad"
exited 143 "$bad"
unset 'pid[bad]'
exits 8 pramctl kexec-reboot --kernel $kernel --dry-run
says "NO   tree       bad: "
exits 0 pramctl unregister bad
exits 6 pramctl unregister bad

# Somebody has taken a lock of logind that forbids a shutdown.
locked()
{
	systemd-inhibit --list --no-pager | grep -q a-test
}
unlocked()
{
	! locked
}
systemd-inhibit --what=shutdown --mode=block --who=a-test --why="it is busy" sleep 1000 &
locker=$!
wait_for 60 locked || fail "logind has no lock: $(systemd-inhibit --list --no-pager)"
note_starts
exits 8 pramctl kexec-reboot --kernel $kernel --dry-run
says "NO   inhibitors a-test (process $locker) has an inhibitor lock against a shutdown: it is busy"
exits 8 pramctl kexec-reboot --kernel $kernel
says "NO   inhibitors a-test (process $locker) has an inhibitor lock against a shutdown: it is busy"
case $out in *paused*) fail "a process was paused: $out" ;; esac
nothing_left
untouched a b
kill $locker
exited 143 $locker
wait_for 60 unlocked || fail "logind has the lock still: $(systemd-inhibit --list --no-pager)"
exits 0 pramctl kexec-reboot --kernel $kernel --dry-run --no-rehearsal
says "no program has an inhibitor lock against a shutdown"

# A delay lock forbids nothing, but logind waits for it after all processes were ended: the report names its holder.
systemd-inhibit --what=sleep:shutdown --mode=delay --who=a-test --why="it has to save" sleep 1000 &
locker=$!
wait_for 60 locked || fail "logind has no lock: $(systemd-inhibit --list --no-pager)"
exits 0 pramctl kexec-reboot --kernel $kernel --dry-run --no-rehearsal
says "no program has an inhibitor lock against a shutdown, but delay locks make the outage longer, by up to "
says "a-test (process $locker)"
kill $locker
exited 143 $locker
wait_for 60 unlocked || fail "logind has the lock still: $(systemd-inhibit --list --no-pager)"

# systemd refuses the kexec: both trees are dumped and restored.
note_starts
refused_jump "all processes were restored"
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
