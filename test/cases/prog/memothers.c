// SPDX-License-Identifier: GPL-2.0-only
/*
 * memothers WHAT: others use PRAM, or the memory of a process, at the same time.
 *
 *   remove	a node with much memory is removed: meanwhile other calls are served, and see it as LOADING
 *   room DIR	a process whose memory was committed resumes, and its control group has no room for a copy
 *   hole	a page that the process has never touched is written through two mappings of its node
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev.h"
#include "memkind.h"
#include "memtask.h"

#define BIG	(128 << 20)

/* The state of the node, or -ENOENT. */
static int state_of(const char *name)
{
	struct pram_node_info info = { .size = sizeof(info) };

	while (!pram_next(&info))
		if (!strcmp(info.name, name))
			return (int)info.state;
	return -ENOENT;
}

static void save_bytes(const char *name, size_t size)
{
	char *buf = malloc(1 << 20);
	int node = pram_create(name, PRAM_NODE_BYTES);

	must("create", node);
	memset(buf, 'x', 1 << 20);
	for (size_t done = 0; done < size; done += 1 << 20)
		if (write(node, buf, 1 << 20) != 1 << 20)
			die("write to the node: %m");
	must("commit", pram_commit(node));
	close(node);
	free(buf);
}

static void do_remove(void)
{
	int state, seen = 0;
	pid_t pid;

	save_bytes("others", BIG);
	pid = fork();
	if (!pid)
		_exit(pram_remove("others") ? 1 : 0);
	while ((state = state_of("others")) >= 0)
		seen += state == PRAM_STATE_LOADING;
	wait_end(pid);
	if (!seen)
		die("no call was served while the node was removed");
	printf("%d calls were served\n", seen);
}

/* Maps the first mapping of vmas[]. */
static volatile char *map_node(int dev)
{
	char *p = mmap(NULL, vmas[0].end - vmas[0].start, PROT_READ | PROT_WRITE, MAP_SHARED, dev,
		       (off_t)vmas[0].copied);

	if (p == MAP_FAILED)
		die("mmap of the node: %m");
	return p;
}

static int bind_node(const char *name)
{
	struct pram_open arg = { .size = sizeof(arg) };
	int dev = open("/dev/pram", O_RDWR | O_CLOEXEC);

	strcpy(arg.name, name);
	must("bind", ioctl(dev, PRAM_IOC_BIND, &arg) ? -errno : 0);
	return dev;
}

/* Keeps the mappings of the kind in NODE, as vmas[0] and so on, and nothing else. The process is gone. */
static void keep_kind(char *kind)
{
	static char *one[2];
	char *before;

	one[0] = kind;
	names = one;
	end(start_kept(&before));
	free(before);
	for (unsigned int i = 0; i < nr_vmas; i++)
		if (vmas[i].start == (uintptr_t)kind_base(kind_find(kind)))
			vmas[0] = vmas[i];
	if (vmas[0].start != (uintptr_t)kind_base(kind_find(kind)))
		die("%s was not taken", kind);
}

static void do_hole(void)
{
	volatile char *a, *b;
	int dev, node;

	keep_kind("sparse");
	/* while it is open, nobody gets the memory */
	node = pram_open(NODE);
	must("open", node);
	dev = bind_node(NODE);
	a = map_node(dev) + PAGE;
	b = map_node(dev) + PAGE;
	if (a[0] || b[0] || b[1])
		die("the second page is not empty");
	a[0] = 1;
	if (b[0] != 1)
		die("what is written through one mapping is not seen through the other");
	a[PAGE] = 0;	/* the third page is a hole as well, and is written first */
	b[1] = 2;
	if (a[0] != 1 || a[1] != 2 || b[0] != 1)
		die("what is written through the second mapping is lost: %d %d, %d %d", a[0], a[1], b[0], b[1]);
	close(dev);
	close(node);
	printf("both mappings show one page\n");
}

/* Sets the limit of the control group, to what it uses and @room if @room is set. */
static void limit_group(const char *group, unsigned long room)
{
	char path[256], text[32] = "max";
	FILE *f;

	if (room) {
		unsigned long now;

		snprintf(path, sizeof(path), "%s/memory.current", group);
		f = fopen(path, "re");
		if (!f || fscanf(f, "%lu", &now) != 1)
			die("cannot read %s", path);
		fclose(f);
		snprintf(text, sizeof(text), "%lu", now + room);
	}
	snprintf(path, sizeof(path), "%s/memory.max", group);
	f = fopen(path, "we");
	if (!f || fputs(text, f) < 0 || fclose(f))
		die("cannot write %s", path);
}

static void do_room(const char *group)
{
	static char *small[] = { "small", NULL };
	char *before;
	pid_t pid;
	int status;

	names = small;
	pid = start_kept(&before);
	limit_group(group, 1 << 20);
	kill(pid, SIGCONT);
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid: %m");
	limit_group(group, 0);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		die("the process ended with %x instead of SIGKILL", status);
	pid = start_bound(NODE);
	put(NODE, pid);
	kill(pid, SIGCONT);
	wait_end(pid);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	memtask_init();
	if (!strcmp(what, "remove"))
		do_remove();
	else if (!strcmp(what, "hole"))
		do_hole();
	else if (!strcmp(what, "room") && argc == 3)
		do_room(argv[2]);
	else
		die("memothers: see the comment at the top of memothers.c");
	return 0;
}
