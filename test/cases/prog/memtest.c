// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moves the memory of a process into a node and back, without CRIU.
 *
 *   memtest back KIND...        take, give back: the process continues with its memory
 *   memtest kept KIND...        take, commit: the process continues with a copy, and the memory in
 *                               the node is put into another process
 *   memtest killed KIND...      the process is killed while its memory is taken
 *   memtest armed KIND...       a node is armed for another process, which is killed before it runs,
 *                               gets its memory by PRAM_IOC_PUT, or runs without that
 *   memtest again KIND...       take again from a process that has not touched its memory since
 *   memtest save NODE KIND...   take and commit, for another kernel
 *   memtest load NODE KIND...   put what an earlier kernel saved into a process
 *   memtest rounds N KIND...    take and give back N times
 *   memtest run FILE KIND...    check the memory in a loop and count in FILE; "BAD" in FILE if it is wrong
 *
 * Prints the numbers of taken and of copied pages.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev.h"
#include "memkind.h"
#include "memlook.h"
#include "memtask.h"

static int group_file(const char *group, const char *name, int flags)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", group, name);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		die("cannot open %s", path);
	return fd;
}

/*
 * MEMTEST_GROUP=DIR: the control group has no room for copies during the call that takes. (Each CPU may hold 64
 * pages that are charged in advance.) The group is charged for open files and for the buffer of a
 * file that is read. At the limit that would call the OOM killer, so both files stay open until it is raised again.
 */
static void no_room(bool begin)
{
	static int max = -1, current = -1;
	char text[32] = "max";
	ssize_t n = 3;

	if (begin) {
		max = group_file(getenv("MEMTEST_GROUP"), "memory.max", O_WRONLY);
		current = group_file(getenv("MEMTEST_GROUP"), "memory.current", O_RDONLY);
		n = read(current, text, sizeof(text) - 1);
		text[n > 0 ? n : 0] = 0;
		/* Room for what the kernel needs for the call itself; far less than all the copies. */
		n = snprintf(text, sizeof(text), "%lu", strtoul(text, NULL, 10) + 16 * 4096);
	}
	if (n <= 0 || write(max, text, (size_t)n) != n)
		die("cannot limit the memory of the group");
	if (!begin) {
		close(max);
		close(current);
	}
}

static void do_back(void)
{
	pid_t pid = start();
	char *before = describe(pid);
	int node = save(NODE, pid);

	peek(pid);
	close(node);
	same("given back,", before, describe(pid));
	kill(pid, SIGCONT);
	wait_end(pid);
}

/* Arms the node for @pid. Returns a descriptor of the node, for a later PRAM_IOC_PUT without PRAM_PUT_ARM. */
static int arm(pid_t pid)
{
	struct pram_put arg = { .size = sizeof(arg), .pidfd = pidfd(pid), .flags = PRAM_PUT_ARM };
	int node = pram_open(NODE);

	must("open", node);
	must("arm", ioctl(node, PRAM_IOC_PUT, &arg) ? -errno : 0);
	close(arg.pidfd);
	if (pram_open(NODE) != -EBUSY || pram_remove(NODE) != -EBUSY)
		die("an armed node can be opened by others");
	return node;
}

static int finish(int node)
{
	struct pram_put arg = { .size = sizeof(arg), .pidfd = -1 };

	return ioctl(node, PRAM_IOC_PUT, &arg) ? -errno : 0;
}

static void do_armed(void)
{
	char *before;
	pid_t pid;
	int node;

	end(start_kept(&before));
	/* the process is killed before it runs: the node is unchanged */
	for (int i = 0; i < 2; i++) {
		pid = start_bound(NODE);
		node = arm(pid);
		peek(pid);
		end(pid);
		if (finish(node) != -ESRCH)
			die("PRAM_IOC_PUT to a process that has ended did not fail");
		close(node);
	}
	/* the process gets its memory by PRAM_IOC_PUT */
	pid = start_bound(NODE);
	node = arm(pid);
	peek(pid);
	must("finish", finish(node));
	must("finish, twice", finish(node));
	close(node);
	same("finished,", before, describe(pid));
	kill(pid, SIGCONT);
	wait_end(pid);
	if (pram_open(NODE) != -ENOENT)
		die("the node still exists");
	/* the process runs before PRAM_IOC_PUT is called */
	end(start_kept(&before));
	pid = start_bound(NODE);
	node = arm(pid);
	kill(pid, SIGCONT);
	wait_end(pid);
	must("finish, late", finish(node));
	close(node);
	free(before);
}

static void do_again(void)
{
	char *before;
	pid_t pid = start_kept(&before), other;
	static struct pram_vma kept[VMAS];
	unsigned int nr_kept = nr_vmas;

	memcpy(kept, vmas, sizeof(kept));
	/* the process was committed and not ended: take its copy */
	close(save(NODE "2", pid));
	kill(pid, SIGCONT);
	wait_end(pid);
	/* the process was restored and has not run */
	memcpy(vmas, kept, sizeof(kept));
	nr_vmas = nr_kept;
	other = start_bound(NODE);
	close(arm(other));
	close(save(NODE "2", other));
	same("given back,", before, describe(other));
	kill(other, SIGCONT);
	wait_end(other);
}

static void do_kept(void)
{
	char *before;
	pid_t pid = start_kept(&before), other;

	if (pram_remove(NODE) != -EBUSY)
		die("a node that a process maps was removed");
	peek(pid);
	kill(pid, SIGCONT);
	wait_end(pid);
	/* the process has written to its copy: the node must be unchanged */
	other = start_bound(NODE);
	peek(other);
	put(NODE, other);
	same("put,", before, describe(other));
	kill(other, SIGCONT);
	wait_end(other);
}

static void do_killed(void)
{
	pid_t pid = start();
	int node = save(NODE, pid);

	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(node);
}

static void do_save(const char *name, const char *file)
{
	pid_t pid = start();
	char *before = describe(pid);
	int node = save(name, pid);
	FILE *f = fopen(file, "w");

	remember(pid);
	only_ours();
	must("commit", pram_commit(node));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	fwrite(&nr_vmas, sizeof(nr_vmas), 1, f);
	fwrite(vmas, sizeof(*vmas), nr_vmas, f);
	fputs(before, f);
	if (fclose(f))
		die("%s: %s", file, strerror(errno));
}

static void do_load(const char *name, const char *file)
{
	char *before = calloc(1, 1 << 18);
	FILE *f = fopen(file, "r");
	pid_t pid;

	if (!f || fread(&nr_vmas, sizeof(nr_vmas), 1, f) != 1 ||
	    fread(vmas, sizeof(*vmas), nr_vmas, f) != nr_vmas)
		die("%s: %s", file, strerror(errno));
	if (fread(before, 1, (1 << 18) - 1, f) == 0)
		die("%s is truncated", file);
	fclose(f);
	pid = start_bound(name);
	peek(pid);
	put(name, pid);
	same("put,", before, describe(pid));
	kill(pid, SIGCONT);
	wait_end(pid);
}

static void do_rounds(int n)
{
	pid_t pid = start();
	char *before = describe(pid);

	while (n--) {
		struct pram_take arg;
		int node = pram_create(NODE, PRAM_NODE_MEMORY);

		must("create", node);
		must("take", take(node, pid, &arg));
		if (n % 50 == 0)
			peek(pid);
		close(node);
	}
	same("after the rounds,", before, describe(pid));
	kill(pid, SIGCONT);
	wait_end(pid);
}

static void count(const char *file, unsigned long n, bool good)
{
	char tmp[256];
	FILE *f;

	snprintf(tmp, sizeof(tmp), "%s.new", file);
	f = fopen(tmp, "w");
	if (!f)
		exit(1);
	fprintf(f, good ? "%lu\n" : "BAD %lu\n", n);
	fclose(f);
	rename(tmp, file);
}

static void do_run(const char *file)
{
	const struct kind *k;

	kind_touches = false;
	for (unsigned int i = 0; (k = each(i)); i++)
		k->make(kind_base(k));
	for (unsigned long n = 1;; n++) {
		bool good = check_all(false);

		count(file, n, good);
		if (!good)
			exit(1);
		usleep(50000);
	}
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	memtask_init();
	if (getenv("MEMTEST_GROUP"))
		around_take = no_room;
	if (argc > 2)
		names = argv + 2;
	if (argc > 2 && !strcmp(verb, "back"))
		do_back();
	else if (argc > 2 && !strcmp(verb, "kept"))
		do_kept();
	else if (argc > 3 && !strcmp(verb, "rounds") && (names = argv + 3))
		do_rounds(atoi(argv[2]));
	else if (argc > 2 && !strcmp(verb, "killed"))
		do_killed();
	else if (argc > 2 && !strcmp(verb, "armed"))
		do_armed();
	else if (argc > 2 && !strcmp(verb, "again"))
		do_again();
	else if (argc > 3 && !strcmp(verb, "run") && (names = argv + 3))
		do_run(argv[2]);
	else if (argc > 4 && (names = argv + 4) && !strcmp(verb, "save"))
		do_save(argv[2], argv[3]);
	else if (argc > 4 && !strcmp(verb, "load"))
		do_load(argv[2], argv[3]);
	else
		die("memtest: see the comment at the top of memtest.c");
	return 0;
}
