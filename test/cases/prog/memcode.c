// SPDX-License-Identifier: GPL-2.0-only
/*
 * memcode back|kept|armed: a process with executable memory, part of it read-only, is taken. The device mapping is not
 * executable, so a mount with "noexec" does not forbid it. A debugger can write to it. Afterwards the process has its
 * executable memory back, or a copy of it, or the restored process has it.
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
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev.h"

#define NODE	"memcode"
#define BASE	((char *)0x200000000000ul)
#define LEN	(1ul << 20)	/* writable; as much again is read-only */
#define HOLE	(LEN - 16 * PAGE)	/* nobody has written there */

/* mov $N, %eax; ret */
static void code(unsigned char *at, unsigned char n)
{
	memcpy(at, (unsigned char[8]){ 0xb8, n, 0, 0, 0, 0xc3 }, 8);
}

static int call(char *at)
{
	return ((int (*)(void))(uintptr_t)at)();
}

static pid_t stopped(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
		die("the process ended with %x", status);
	return pid;
}

/* Stops, and then runs what a debugger has written meanwhile: 7 instead of 1 at three places. */
static _Noreturn void run(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	raise(SIGSTOP);
	if (call(BASE) != 7 || call(BASE + LEN) != 7 || call(BASE + HOLE) != 7 || call(BASE + PAGE) != 1 ||
	    call(BASE + LEN + PAGE) != 1)
		die("the code has changed");
	exit(0);
}

static pid_t start(void)
{
	pid_t pid = fork();

	if (pid)
		return stopped(pid);
	if (mmap(BASE, 2 * LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != BASE ||
	    madvise(BASE, 2 * LEN, MADV_NOHUGEPAGE))
		die("mmap: %s", strerror(errno));
	for (size_t at = 0; at < 2 * LEN; at += PAGE)
		if (at < HOLE || at >= LEN)
			code((unsigned char *)BASE + at, 1);
	if (mprotect(BASE, LEN, PROT_READ | PROT_WRITE | PROT_EXEC) || mprotect(BASE + LEN, LEN, PROT_READ | PROT_EXEC))
		die("mprotect: %s", strerror(errno));
	run();
}

/* Maps the node as CRIU does: with the protection of the mapping that stands for the memory. */
static pid_t start_bound(long off)
{
	struct pram_open arg = { .size = sizeof(arg), .name = NODE };
	pid_t pid = fork();
	int dev;

	if (pid)
		return stopped(pid);
	dev = open("/dev/pram", O_RDWR | O_CLOEXEC);
	if (ioctl(dev, PRAM_IOC_BIND, &arg) ||
	    mmap(BASE, LEN, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, dev, off) != BASE ||
	    mmap(BASE + LEN, LEN, PROT_READ, MAP_SHARED | MAP_FIXED, dev, off + (long)LEN) != BASE + LEN)
		die("bind: %s", strerror(errno));
	close(dev);
	run();
}

static int take(pid_t pid)
{
	struct pram_take arg = {
		.size = sizeof(arg),
		.pidfd = (int)syscall(SYS_pidfd_open, pid, 0),
		.dev_fd = open("/dev/pram", O_RDWR | O_CLOEXEC),
		.min_bytes = LEN,
	};
	int node = pram_create(NODE, PRAM_NODE_MEMORY);

	if (node < 0 || ioctl(node, PRAM_IOC_TAKE, &arg))
		die("take: %s", strerror(errno));
	close(arg.dev_fd);
	return node;
}

static void arm(pid_t pid)
{
	struct pram_put arg = { .size = sizeof(arg), .pidfd = (int)syscall(SYS_pidfd_open, pid, 0),
				.flags = PRAM_PUT_ARM };
	int node = pram_open(NODE);

	if (node < 0 || ioctl(node, PRAM_IOC_PUT, &arg))
		die("arm: %s", strerror(errno));
	close(node);
}

/* Checks that what stands for the memory is not executable. Returns its offset in the node. */
static long stand_in(pid_t pid)
{
	char path[64], line[512], prot[8];
	unsigned long from, to, off;
	long ret = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx %7s %lx", &from, &to, prot, &off) != 4 || !strstr(line, "/dev/pram"))
			continue;
		if (strchr(prot, 'x'))
			die("it is executable: %s", line);
		if (from == (uintptr_t)BASE)
			ret = (long)off;
	}
	if (f)
		fclose(f);
	if (ret < 0)
		die("the memory was not taken");
	return ret;
}

/* Writes as a debugger does, also to memory that the process cannot write to, and to a hole. */
static void poke(pid_t pid)
{
	char *const at[] = { BASE, BASE + LEN, BASE + HOLE };
	unsigned char bytes[8];
	long word;

	code(bytes, 7);
	memcpy(&word, bytes, sizeof(word));
	if (ptrace(PTRACE_SEIZE, pid, 0, 0) || ptrace(PTRACE_INTERRUPT, pid, 0, 0))
		die("ptrace: %s", strerror(errno));
	stopped(pid);
	for (size_t i = 0; i < sizeof(at) / sizeof(*at); i++) {
		errno = 0;
		if (ptrace(PTRACE_POKEDATA, pid, at[i], word))
			die("POKEDATA at %p: %s", (void *)at[i], strerror(errno));
		if (ptrace(PTRACE_PEEKDATA, pid, at[i], 0) != word || errno)
			die("PEEKDATA at %p", (void *)at[i]);
	}
	if (ptrace(PTRACE_DETACH, pid, 0, SIGSTOP))
		die("PTRACE_DETACH: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	const char *how = argc == 2 ? argv[1] : "";
	int node, status;
	pid_t pid;
	long off;

	if (strcmp(how, "back") && strcmp(how, "kept") && strcmp(how, "armed"))
		die("usage: memcode back|kept|armed");
	pid = start();
	node = take(pid);
	off = stand_in(pid);
	poke(pid);
	if (strcmp(how, "back") && pram_commit(node))
		die("commit: %s", strerror(errno));
	close(node);
	if (!strcmp(how, "armed")) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		pid = start_bound(off);
		arm(pid);
		stand_in(pid);
	}
	kill(pid, SIGCONT);
	do {
		if (waitpid(pid, &status, WUNTRACED) != pid)
			die("waitpid: %s", strerror(errno));
		if (WIFSTOPPED(status))
			kill(pid, SIGCONT);
	} while (WIFSTOPPED(status));
	if (status)
		die("%s: it ended with %x", how, status);
	return 0;
}
