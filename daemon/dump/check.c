// SPDX-License-Identifier: GPL-2.0-only
/* Refuses processes that cannot be dumped, before anything is changed. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "dump/dump.h"
#include "proc.h"

const char *dump_problem(uint32_t pid, uint64_t starttime, uint32_t client_pid, char *buf,
			 size_t size)
{
	struct proc_stat st;

	if (proc_stat_read(pid, &st) < 0)
		snprintf(buf, size, "there is no process %" PRIu32, pid);
	else if (starttime && st.starttime != starttime)
		snprintf(buf, size,
			 "process %" PRIu32 " has ended, and another process has its pid", pid);
	else if (st.flags & PROC_PF_KTHREAD)
		snprintf(buf, size, "%" PRIu32 " (%s) is a kernel thread", pid, st.comm);
	else if (pid == 1)
		snprintf(buf, size, "process 1 (%s) cannot be kept", st.comm);
	else if (st.state == 'Z' || st.state == 'X')
		snprintf(buf, size, "%" PRIu32 " (%s) is a zombie", pid, st.comm);
	else if (proc_is_ancestor(pid, (uint32_t)getpid()))
		snprintf(buf, size, "%" PRIu32 " (%s) is pramd or one of its ancestors", pid,
			 st.comm);
	else if (client_pid && proc_is_ancestor(pid, client_pid))
		snprintf(buf, size, "%" PRIu32 " (%s) is the caller or one of its ancestors", pid,
			 st.comm);
	else
		return NULL;
	return buf;
}
