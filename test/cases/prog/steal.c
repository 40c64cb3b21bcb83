// SPDX-License-Identifier: GPL-2.0-only
/* A library that an attacker has put into ld.so.preload. If a process of root loads it, it creates a file. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

__attribute__((constructor)) static void steal(void)
{
	char path[64];

	if (geteuid())
		return;
	snprintf(path, sizeof(path), "/var/lib/u-attack/owned-%d", getpid());
	close(open(path, O_WRONLY | O_CREAT, 0600));
}
