// SPDX-License-Identifier: GPL-2.0-only
/*
 * LD_PRELOAD=killat.so KILLAT="CALL N [PID [SIGNAL]]" criu ...: sends SIGNAL (default: SIGKILL) to process PID
 * (default or 0: CRIU) after the Nth CALL of CRIU or of the tasks that it restores.
 *
 *   create take commit open bind put	of /dev/pram
 *   splice				pages are written to an image
 *   kill				a task is ended after its commit; the signal is sent before this call
 *
 * All steps of CRIU that matter here are libc calls, which a preloaded library can intercept. A debugger cannot be
 * used, because CRIU uses ptrace() itself.
 */
#define _GNU_SOURCE
#include <linux/ioctl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pram.h"

static char name[16];
static atomic_int *left;	/* shared with the tasks that are restored */
static pid_t victim;
static int signo = SIGKILL;
static bool committed;

/* The prototypes in libc's headers differ from these, so the headers are not included. */
int ioctl(int fd, unsigned long call, ...);
ssize_t splice(int in, void *in_off, int out, void *out_off, size_t len, unsigned int flags);

static __attribute__((constructor)) void init(void)
{
	const char *at = getenv("KILLAT");
	int n;

	if (!at || sscanf(at, "%15s %d %d %d", name, &n, &victim, &signo) < 2)
		return;
	left = mmap(NULL, sizeof(*left), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (left == MAP_FAILED)
		abort();
	*left = n;
	if (!victim)
		victim = getpid();
	/* do not load this library into the programs that CRIU starts */
	unsetenv("LD_PRELOAD");
	unsetenv("KILLAT");
}

static void done(const char *what)
{
	if (left && what && !strcmp(what, name) && atomic_fetch_sub(left, 1) == 1)
		syscall(SYS_kill, victim, signo);
}

static const char *name_of(unsigned long call)
{
	switch (call) {
	case PRAM_IOC_CREATE:
		return "create";
	case PRAM_IOC_TAKE:
		return "take";
	case PRAM_IOC_COMMIT:
		return "commit";
	case PRAM_IOC_OPEN:
		return "open";
	case PRAM_IOC_BIND:
		return "bind";
	case PRAM_IOC_PUT:
		return "put";
	default:
		return NULL;
	}
}

int ioctl(int fd, unsigned long call, ...)
{
	va_list ap;
	void *arg;
	int ret;

	va_start(ap, call);
	arg = va_arg(ap, void *);
	va_end(ap);
	ret = (int)syscall(SYS_ioctl, fd, call, arg);
	committed |= call == PRAM_IOC_COMMIT;
	if (_IOC_TYPE(call) == PRAM_IOC_MAGIC)
		done(name_of(call));
	return ret;
}

ssize_t splice(int in, void *in_off, int out, void *out_off, size_t len, unsigned int flags)
{
	ssize_t ret = syscall(SYS_splice, in, in_off, out, out_off, len, flags);

	done("splice");
	return ret;
}

int kill(pid_t pid, int sig)
{
	/* before the commit, CRIU only kills processes with which it probes the kernel */
	if (sig == SIGKILL && committed)
		done("kill");
	return (int)syscall(SYS_kill, pid, sig);
}
