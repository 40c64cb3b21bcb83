#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The duration of each step of moving the memory of a process, without CRIU.
# Each measurement is a line `result steps MIB PAGES ROUND STEP MS`.
# group: bench
# kernels: everyday
# timeout: 300

# shellcheck source=../../cases/lib/lib.sh
. "${0%/*}/../lib/lib.sh"

# Run in a memory cgroup, like a service.
group=/sys/fs/cgroup/steps
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
mkdir -p $group

for round in 1 2 3; do
	for mib in 64 576; do
		for pages in 4k thp; do
			out=$(sh -c "echo \$\$ >$group/cgroup.procs; exec memspeed $mib $pages") ||
				fail "$out"
			while read -r _ step ms; do
				echo "result steps $mib $pages $round $step $ms"
			done <<<"$out"
		done
	done
done
