// SPDX-License-Identifier: GPL-2.0-only
/*
 * memothers WHAT: others use PRAM, or the memory of a process, at the same time.
 *
 *   remove	a node with much memory is removed: meanwhile other calls are served, and see it as LOADING
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev.h"
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

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";

	memtask_init();
	if (!strcmp(what, "remove"))
		do_remove();
	else
		die("memothers: see the comment at the top of memothers.c");
	return 0;
}
