// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io.h"
#include "proc.h"
#include "str.h"

#define STAT_MAX 4096

int proc_stat_parse(const char *text, struct proc_stat *ret)
{
	const char *open = strchr(text, '(');
	const char *close = strrchr(text, ')');	/* the name may contain parentheses itself */
	struct proc_stat st = {};
	int32_t pgrp;
	size_t n;

	if (!open || !close || close < open)
		return -EINVAL;
	if (sscanf(text, "%" SCNu32, &st.pid) != 1)
		return -EINVAL;
	if (sscanf(close + 1,
		   " %c %" SCNu32 " %" SCNd32 " %" SCNu32 " %" SCNd32 " %*d %" SCNu32
		   " %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %" SCNu64,
		   &st.state, &st.ppid, &pgrp, &st.session, &st.tty, &st.flags, &st.starttime) != 7)
		return -EINVAL;
	n = (size_t)(close - open - 1);
	if (n >= sizeof(st.comm))
		n = sizeof(st.comm) - 1;
	memcpy(st.comm, open + 1, n);
	st.comm[n] = 0;
	str_sanitize(st.comm);
	*ret = st;
	return 0;
}

int proc_stat_read(uint32_t pid, struct proc_stat *ret)
{
	char *text __cleanup(freep) = NULL;
	char path[64];
	int r;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/stat", pid);
	r = read_file(path, STAT_MAX, &text, NULL);
	if (r == -ENOENT)
		return -ESRCH;
	return r < 0 ? r : proc_stat_parse(text, ret);
}

bool proc_exists(uint32_t pid)
{
	return kill((pid_t)pid, 0) == 0 || errno != ESRCH;
}

bool proc_is_ending(uint32_t pid)
{
	struct proc_stat st;

	return proc_stat_read(pid, &st) < 0 || st.state == 'Z' || st.state == 'X';
}

bool proc_same(uint32_t pid, uint64_t starttime)
{
	struct proc_stat st;

	return proc_stat_read(pid, &st) == 0 && st.starttime == starttime && st.state != 'Z' &&
	       st.state != 'X';
}

bool proc_is_ancestor(uint32_t pid, uint32_t self)
{
	struct proc_stat st;

	for (uint32_t p = self; p; p = st.ppid) {
		if (p == pid)
			return true;
		if (proc_stat_read(p, &st) < 0)
			break;
	}
	return false;
}

uint64_t proc_status_bytes(const char *text, const char *key)
{
	uint64_t kb;

	for (const char *p = text; p; p = strchr(p, '\n')) {
		const char *v;

		p += *p == '\n';
		v = str_after(p, key);
		if (v && *v == ':' && sscanf(v + 1, "%" SCNu64 " kB", &kb) == 1)
			return kb * 1024;
	}
	return 0;
}

uint64_t proc_rss(uint32_t pid)
{
	char *text __cleanup(freep) = NULL;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/status", pid);
	if (read_file(path, 64 * 1024, &text, NULL) < 0)
		return 0;
	return proc_status_bytes(text, "RssAnon") + proc_status_bytes(text, "RssShmem") +
	       proc_status_bytes(text, "VmSwap");
}

uint64_t proc_mem_available(void)
{
	char *text __cleanup(freep) = NULL;

	return read_file("/proc/meminfo", 64 * 1024, &text, NULL) < 0 ? 0 :
	       proc_status_bytes(text, "MemAvailable");
}

int proc_uid(uint32_t pid, uint32_t *ret)
{
	char *text __cleanup(freep) = NULL;
	const char *line;
	char path[64];
	int r;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/status", pid);
	r = read_file(path, 64 * 1024, &text, NULL);
	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	line = strstr(text, "\nUid:");
	return line && sscanf(line, "\nUid: %*u %" SCNu32, ret) == 1 ? 0 : -EBADMSG;
}

int proc_cgroup(uint32_t pid, char **ret)
{
	char *text __cleanup(freep) = NULL;
	char path[64];
	char *p;
	int r;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/cgroup", pid);
	r = read_file(path, 64 * 1024, &text, NULL);
	if (r < 0)
		return r;
	p = strstr(text, "0::");
	if (!p || (p != text && p[-1] != '\n'))
		return -ENOENT;
	p += 3;
	p[strcspn(p, "\n")] = 0;
	*ret = strdup(p);
	return *ret ? 0 : -ENOMEM;
}

int proc_each(int (*fn)(uint32_t pid, void *userdata), void *userdata)
{
	DIR *d = opendir("/proc");
	struct dirent *de;
	uint32_t pid;
	int r = 0;

	if (!d)
		return -errno;
	while (!r && (de = readdir(d)))
		if (str_pid(de->d_name, &pid) == 0)
			r = fn(pid, userdata);
	closedir(d);
	return r;
}
