// SPDX-License-Identifier: GPL-2.0-only
/* The check of the next kernel's initrd. Without the right one, most kernels find no root. */
#include <errno.h>
#include <string.h>

#include "reboot/initrd_format.h"
#include "reboot/kernel_config.h"
#include "reboot/kernel_file.h"
#include "reboot/next_kernel.h"
#include "reboot/precheck_report.h"
#include "io.h"
#include "pb.h"
#include "str.h"

static void check_none(const Pram__KexecRequest *req, bool had_one, Pram__KexecReport *rep)
{
	if (had_one && !req->no_initrd)
		precheck_add(rep, "initrd", false,
			     "there is no initrd beside %s, and the running kernel was started with "
			     "one. Name one with --initrd, or use --no-initrd",
			     rep->kernel);
	else
		precheck_add(rep, "initrd", true, "none");
}

/* Can the next kernel unpack it? */
static void check_support(const struct next_kernel *nk, const struct initrd_format *format,
			  Pram__KexecReport *rep)
{
	const char *lacks = NULL;

	if (nk->config && !kernelconfig_has(nk->config, "BLK_DEV_INITRD"))
		lacks = "BLK_DEV_INITRD";
	else if (nk->config && format->config && !kernelconfig_has(nk->config, format->config))
		lacks = format->config;
	if (lacks)
		precheck_add(rep, "initrd", false,
			     "%s cannot be read by the next kernel, which lacks CONFIG_%s. Make it "
			     "in another format, or name another one with --initrd",
			     rep->initrd, lacks);
	else
		precheck_add(rep, "initrd", true, "%s (%s)", rep->initrd,
			     format->compression ? format->compression : "cpio");
}

void nextkernel_check_initrd(const struct next_kernel *nk, const Pram__KexecRequest *req,
			     bool had_one, Pram__KexecReport *rep)
{
	struct initrd_format format;
	const char *problem;
	uint64_t bytes = 0;
	int fd __cleanup(fd_closep) = -1;

	pb_set(rep, initrd_bytes, 0);
	if (!rep->initrd) {
		check_none(req, had_one, rep);
		return;
	}
	fd = kernelfile_open(rep->initrd, &bytes);
	if (fd < 0) {
		precheck_add(rep, "initrd", false,
			     "%s cannot be read: %s. Name another one with --initrd", rep->initrd,
			     fd == -EINVAL ? "not a regular file" : strerror(-fd));
		return;
	}
	pb_set(rep, initrd_bytes, bytes);
	problem = initrd_problem(fd, bytes, &format);
	if (problem)
		precheck_add(rep, "initrd", false,
			     "%s is not a usable initrd: %s. Is the file system full? Make it again "
			     "(on Debian: update-initramfs -u -k %s), or name another one with --initrd",
			     rep->initrd, problem,
			     nk->bz.release[0] ? nk->bz.release : "RELEASE");
	else
		check_support(nk, &format, rep);
}
