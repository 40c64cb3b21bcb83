// SPDX-License-Identifier: GPL-2.0-only
/*
 * tsc FILE CMD...: writes the time stamp counter to FILE on the disk, then becomes CMD.
 * init=.../tsc: the first process of user space; writes the counter to FIRST, then becomes /sbin/init.
 *
 * The counter continues over a kexec, unlike the clocks of the kernel.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include <x86intrin.h>

#define FIRST	"/var/lib/pram-test/tsc-init"
#define PORT	"/dev/ttyS1"	/* connected to the host, which reads its own clocks */

static void tick(void)
{
	int fd = open(PORT, O_WRONLY | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 || dprintf(fd, "> bench-boot: tick init\n") < 0)
		perror(PORT);
	close(fd);
}

static void put(const char *path)
{
	unsigned long long now = __rdtsc();
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || dprintf(fd, "%llu\n", now) < 0) {
		perror(path);
		return;
	}
	fsync(fd);	/* fails for a pipe, which does not need it */
	close(fd);
}

int main(int argc, char **argv)
{
	if (getpid() == 1) {
		tick();
		put(FIRST);
		argv[0] = "/sbin/init";
		execv(argv[0], argv);
	} else if (argc > 2) {
		put(argv[1]);
		execvp(argv[2], argv + 2);
	}
	perror(argv[0]);
	return 1;
}
