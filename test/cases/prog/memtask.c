// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev.h"
#include "memkind.h"
#include "memlook.h"
#include "memtask.h"

#define MIN_BYTES (64 * PAGE)

struct pram_vma vmas[VMAS];
unsigned int nr_vmas;
void (*around_take)(bool begin);

void memtask_init(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	/*
	 * Keep malloc() from raising the threshold. Otherwise large blocks become part of the heap, which is taken, and
	 * which is in use in the process that maps it again.
	 */
	mallopt(M_MMAP_THRESHOLD, 128 << 10);
}

bool check_all(bool rewrite)
{
	const struct kind *k;

	for (unsigned int i = 0; (k = each(i)); i++)
		if (!kind_check(k, kind_base(k)) || (rewrite && !kind_rewrite(k, kind_base(k))))
			return false;
	return true;
}

void must(const char *what, int ret)
{
	if (ret < 0)
		die("%s: %s", what, strerror(-ret));
}

int pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static void wait_stop(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, WUNTRACED) != pid)
		die("waitpid: %s", strerror(errno));
	if (!WIFSTOPPED(status))
		die("the process ended with %x", status);
}

void wait_end(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		die("waitpid: %s", strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		die("the process ended with %x", status);
}

/* Forks a child that will stop itself; the parent waits until it has stopped. Returns 0 in the child. */
static pid_t fork_stopping(void)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid)
		wait_stop(pid);
	else
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

pid_t start(void)
{
	const struct kind *k;
	pid_t pid;

	pid = fork_stopping();
	if (pid)
		return pid;
	for (unsigned int i = 0; (k = each(i)); i++)
		k->make(kind_base(k));
	if (getenv("MEMTEST_SETTLE"))
		sleep((unsigned int)atoi(getenv("MEMTEST_SETTLE")));
	raise(SIGSTOP);
	if (!check_all(true))
		die("the memory has changed");
	exit(0);
}

int take(int node, pid_t pid, struct pram_take *arg)
{
	*arg = (struct pram_take){
		.size = sizeof(*arg),
		.pidfd = pidfd(pid),
		.dev_fd = open("/dev/pram", O_RDWR | O_CLOEXEC),
		.min_bytes = MIN_BYTES,
		.vmas = (uintptr_t)vmas,
		.nr_vmas = VMAS,
	};
	const char *shared = getenv("MEMTEST_SHARED");
	int ret;

	if (shared)
		arg->max_shared = strtoull(shared, NULL, 0);
	if (around_take)
		around_take(true);
	ret = ioctl(node, PRAM_IOC_TAKE, arg) < 0 ? -errno : 0;
	if (around_take)
		around_take(false);
	close(arg->pidfd);
	close(arg->dev_fd);
	nr_vmas = arg->nr_vmas;
	return ret;
}

static unsigned int left_of(uint64_t addr)
{
	const struct kind *k;

	for (unsigned int i = 0; (k = each(i)); i++)
		if (addr >= (uintptr_t)kind_base(k) && addr < (uintptr_t)kind_base(k) + k->len)
			return getenv("MEMTEST_SHARED") ? PRAM_LEFT_SHARED : k->left;
	return 0;
}

/* Checks that everything was taken, and that no more pages were copied than the kinds require. */
static void check_taken(const struct pram_take *arg)
{
	const struct kind *k;
	long allowed = 0, copied = 0;

	for (unsigned int i = 0; (k = each(i)); i++)
		allowed = k->copied < 0 || allowed < 0 ? -1 : allowed + k->copied;
	for (unsigned int i = 0; i < nr_vmas; i++) {
		if (vmas[i].start < 0x200000000000ul || vmas[i].start >= 0x210000000000ul)
			continue;
		if (vmas[i].left == PRAM_LEFT_SMALL && vmas[i].end - vmas[i].start < MIN_BYTES)
			continue;
		if (vmas[i].left != left_of(vmas[i].start))
			die("%llx-%llx is left: %u", vmas[i].start, vmas[i].end, vmas[i].left);
		copied += (long)vmas[i].copied;
	}
	if (!getenv("MEMTEST_LOOSE") && allowed >= 0 && copied > allowed)
		die("%ld pages were copied, at most %ld are expected", copied, allowed);
	printf("pages %llu copied %llu vmas %u\n", arg->pages, arg->copied, arg->nr_vmas);
}

int save(const char *name, pid_t pid)
{
	struct pram_take arg;
	int node = pram_create(name, PRAM_NODE_MEMORY);

	must("create", node);
	must("take", take(node, pid, &arg));
	check_taken(&arg);
	return node;
}

pid_t start_bound(const char *name)
{
	struct pram_open arg = { .size = sizeof(arg) };
	pid_t pid;
	int dev;

	pid = fork_stopping();
	if (pid)
		return pid;
	dev = open("/dev/pram", O_RDWR | O_CLOEXEC);
	strcpy(arg.name, name);
	must("bind", ioctl(dev, PRAM_IOC_BIND, &arg) ? -errno : 0);
	for (unsigned int i = 0; i < nr_vmas; i++) {
		size_t len = vmas[i].end - vmas[i].start;

		if (vmas[i].left)
			continue;
		/* copied holds the offset: see remember() */
		if (mmap((void *)vmas[i].start, len, (int)vmas[i].reserved, MAP_SHARED | MAP_FIXED,
			 dev, (off_t)vmas[i].copied) == MAP_FAILED)
			die("mmap of %llx: %s", vmas[i].start, strerror(errno));
	}
	close(dev);
	raise(SIGSTOP);
	if (!check_all(true))
		die("the memory has changed");
	_exit(0);
}

void remember(pid_t pid)
{
	char path[64], line[512], prot[8];
	unsigned long from, to, off;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx %7s %lx", &from, &to, prot, &off) != 4)
			continue;
		for (unsigned int i = 0; i < nr_vmas; i++) {
			if (vmas[i].start != from || vmas[i].left)
				continue;
			if (!strstr(line, "/dev/pram") || prot[3] != 's')
				die("not a mapping of the device: %s", line);
			vmas[i].copied = off;
			vmas[i].reserved = (prot[0] == 'r' ? PROT_READ : 0) |
					   (prot[1] == 'w' ? PROT_WRITE : 0) |
					   (prot[2] == 'x' ? PROT_EXEC : 0);
		}
	}
	if (f)
		fclose(f);
}

void only_ours(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < nr_vmas; i++)
		if (!vmas[i].left)
			vmas[n++] = vmas[i];
	nr_vmas = n;
}

void put(const char *name, pid_t pid)
{
	struct pram_put arg = { .size = sizeof(arg), .pidfd = pidfd(pid) };
	int node = pram_open(name);

	must("open", node);
	must("put", ioctl(node, PRAM_IOC_PUT, &arg) ? -errno : 0);
	close(node);
	close(arg.pidfd);
	printf("put %llu\n", arg.pages);
}

pid_t start_kept(char **ret)
{
	pid_t pid = start();
	int node;

	*ret = describe(pid);
	node = save(NODE, pid);
	remember(pid);
	only_ours();
	must("commit", pram_commit(node));
	close(node);
	return pid;
}

void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
