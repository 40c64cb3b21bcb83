# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For cases that look at the kernel's log, or jump into another kernel: source it after lib.sh.

mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug

# ctl COMMAND: writes it to the kernel's test file in debugfs, see kernel/mm/pram/test.c.
ctl()
{
	echo "$*" 2>/dev/null >/sys/kernel/debug/pram_test/control
}

# log_has TEXT: PRAM has written it to the kernel log of this boot.
log_has()
{
	dmesg | grep -F 'PRAM: ' | grep -qF -- "$*"
}

# jump KERNEL CMDLINE: kexec at once, without a shutdown. Does not return.
jump()
{
	kexec -s -l "/boot/vmlinuz-$1" --command-line="$2" || fail "kexec -l"
	leaving
	sync
	kexec -e -x
	fail "kexec -e returned"
}

# The kernel to jump into: debug after debug, otherwise next.
jump_kernel()
{
	case $(uname -r) in
	*-debug) echo debug ;;
	*) echo next ;;
	esac
}

# prop PROPERTY UNIT: its value.
prop()
{
	systemctl show -p "$1" --value "$2"
}

# All services of the array units are active and have no drop-in.
up()
{
	local name
	# shellcheck disable=SC2154
	for name in "${units[@]}"; do
		[ "$(prop ActiveState "$name")/$(prop DropInPaths "$name")" = active/ ] || return 1
	done
}

# Reboots with all that is enabled and registered. Does not return.
kexec_reboot()
{
	leaving
	exits 0 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)"
	# shellcheck disable=SC2154
	say "$out"
	exit 12
}

# The command line of the running kernel without pram=.
bare_cmdline()
{
	next_cmdline | sed 's/ pram=[^ ]*//'
}

# clean_start NAME: there is no node NAME, and PRAM works.
clean_start()
{
	ctl load-pages "$1" 100 0 && fail "node $1 is there"
	[ "$(pram_pfn)" != 0 ] || fail "PRAM is off"
	check "PRAM works" ctl save-pages works 10 0
	check "PRAM works" ctl load-pages works 10 0
}
