# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For the cases of the kernel side: after lib.sh.

mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug

# A command to the kernel's own test file; fails as the command does.
ctl()
{
	echo "$*" 2>/dev/null >/sys/kernel/debug/pram_test/control
}

# Did PRAM say this in this boot?
log_has()
{
	dmesg | grep -F 'PRAM: ' | grep -qF -- "$*"
}

# jump KERNEL CMDLINE: at once, without the services' shutdown; does not return.
jump()
{
	kexec -s -l "/boot/vmlinuz-$1" --command-line="$2" || fail "kexec -l"
	leaving
	sync
	kexec -e -x
	fail "kexec -e returned"
}

# The kernel for a jump: a debug kernel follows on a debug kernel.
jump_kernel()
{
	case $(uname -r) in
	*-debug) echo debug ;;
	*) echo next ;;
	esac
}

# prop PROPERTY UNIT: what systemd has of it.
prop()
{
	systemctl show -p "$1" --value "$2"
}

# Are all of the array units active, and as systemd knows them without us?
up()
{
	local name
	# shellcheck disable=SC2154
	for name in "${units[@]}"; do
		[ "$(prop ActiveState "$name")/$(prop DropInPaths "$name")" = active/ ] || return 1
	done
}

# Goes on in the next kernel, with all that is enabled and registered; does not return.
kexec_reboot()
{
	leaving
	exits 0 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)"
	# shellcheck disable=SC2154
	say "$out"
	exit 12
}

# The running command line without pram=, as a base for one of the case's own making.
bare_cmdline()
{
	next_cmdline | sed 's/ pram=[^ ]*//'
}

# Nothing of node NAME is there, and PRAM works all the same.
clean_start()
{
	ctl load-pages "$1" 100 0 && fail "node $1 is there"
	[ "$(pram_pfn)" != 0 ] || fail "PRAM is off"
	check "PRAM works" ctl save-pages works 10 0
	check "PRAM works" ctl load-pages works 10 0
}
