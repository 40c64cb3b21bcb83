// SPDX-License-Identifier: GPL-2.0-only
/*
 * kexecat PFN PAGES: loads an image of PAGES pages at page frame PFN (hex) with kexec_load(), regardless of what is
 * there. The image cannot be executed. kexecat -u: unloads it.
 *
 * Exit status: 0 if the image was loaded, 1 if it was refused; the error is on standard error.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/kexec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static char code[4096];
	struct kexec_segment seg = { .buf = code, .bufsz = sizeof(code) };
	unsigned long nr = 1;

	memset(code, 0xf4, sizeof(code));
	if (argc == 2 && !strcmp(argv[1], "-u")) {
		nr = 0;
	} else if (argc == 3) {
		seg.mem = (void *)(strtoul(argv[1], NULL, 16) << 12);
		seg.memsz = strtoul(argv[2], NULL, 0) << 12;
	} else {
		fputs("usage: kexecat PFN PAGES | -u\n", stderr);
		return 2;
	}
	if (syscall(SYS_kexec_load, (unsigned long)seg.mem, nr, &seg, KEXEC_ARCH_DEFAULT)) {
		fprintf(stderr, "kexec_load: %s\n", strerror(errno));
		return 1;
	}
	return 0;
}
