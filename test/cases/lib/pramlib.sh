# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For cases that read the kernel log or start another kernel. Source this file after lib.sh.

mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug

# ctl COMMAND: writes COMMAND to PRAM's test file in debugfs, see kernel/mm/pram/test.c.
ctl()
{
	echo "$*" >/sys/kernel/debug/pram_test/control
}

# ctl_fails ERROR COMMAND: ctl must fail with this error, as strerror() names it.
ctl_fails()
{
	local error=$1 text
	shift
	text=$(ctl "$@" 2>&1) && fail "ctl $*: no error, expected: $error"
	[[ $text == *": $error" ]] || fail "ctl $*: $text, expected: $error"
}

# log_has TEXT: succeeds if PRAM has written TEXT to the kernel log of this boot.
log_has()
{
	dmesg | grep -F 'PRAM: ' | grep -qF -- "$*"
}

# jump KERNEL CMDLINE: starts KERNEL with kexec, without shutting down. Does not return.
jump()
{
	kexec -s -l "/boot/vmlinuz-$1" --command-line="$2" || fail "kexec -l"
	leaving
	sync
	kexec -e -x
	fail "kexec -e returned"
}

# Prints the name of the kernel to start: debug or cloud if it is the running one, otherwise next.
jump_kernel()
{
	case $(uname -r) in
	*-debug) echo debug ;;
	*-cloud) echo cloud ;;
	*) echo next ;;
	esac
}

# prop PROPERTY UNIT: prints the value of the property.
prop()
{
	systemctl show -p "$1" --value "$2"
}

# Succeeds if all services in the array units are active and have no drop-in.
up()
{
	local name
	# shellcheck disable=SC2154
	for name in "${units[@]}"; do
		[ "$(prop ActiveState "$name")/$(prop DropInPaths "$name")" = active/ ] || return 1
	done
}

# Runs pramctl kexec-reboot with all enabled services and registered trees. Does not return.
kexec_reboot()
{
	leaving
	exits 0 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)"
	# shellcheck disable=SC2154
	say "$out"
	exit 12
}

# Prints the command line of the running kernel without pram=.
bare_cmdline()
{
	next_cmdline | sed 's/ pram=[^ ]*//'
}

# clean_start NAME: checks that there is no node NAME and that PRAM works.
clean_start()
{
	ctl_fails "No such file or directory" load-pages "$1" 100 0
	[ "$(pram_pfn)" != 0 ] || fail "PRAM is off"
	check "PRAM works" ctl save-pages works 10 0
	check "PRAM works" ctl load-pages works 10 0
}
