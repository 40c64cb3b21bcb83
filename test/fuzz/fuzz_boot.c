// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of the next kernel: an initrd, a configuration, the boot parameters, the header with its place
 * for signatures; the first byte chooses. Only root can put them there, but a full disk or a bad copy
 * makes them garbage.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "reboot/boot_params.h"
#include "reboot/bzimage.h"
#include "reboot/initrd_format.h"
#include "reboot/kernel_config.h"

static void initrd(const uint8_t *data, size_t size)
{
	struct initrd_format format;
	const char *problem;
	int fd = memfd_create("initrd", MFD_CLOEXEC);

	demand(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	problem = initrd_problem(fd, size, &format);
	demand(!problem || *problem);
	/* what the kernel has to support is known together with the compression */
	demand(!format.compression == !format.config);
	demand(size || problem);
	close(fd);
}

static void config(const uint8_t *data, size_t size)
{
	char *text = calloc(1, size + 1);
	uint64_t n;

	demand(text);
	memcpy(text, data, size);
	kernelconfig_complete(text);
	kernelconfig_has_modules(text);
	demand(!kernelconfig_has(text, "PRAM") || strstr(text, "CONFIG_PRAM=y"));
	demand(!kernelconfig_number(text, "PRAM_FORMAT", &n) || strstr(text, "CONFIG_PRAM_FORMAT="));
	free(text);
}

static void params(const uint8_t *data, size_t size)
{
	struct boot_params_info info;

	if (!bootparams_parse(data, size, &info))
		demand(!info.initrd && !info.secure_boot);
}

static void header(const uint8_t *data, size_t size)
{
	struct bzimage b;

	if (bzimage_parse(data, size, &b))
		return;
	demand(strlen(b.release) < sizeof(b.release) && !strpbrk(b.release, "/ ") && *b.release != '.');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const each[])(const uint8_t *, size_t) = { initrd, config, params, header };
	uint8_t *exact;

	if (!size)
		return 0;
	/* of its own size, so that the sanitizer sees a read behind the end */
	exact = malloc(size - 1 ? size - 1 : 1);
	demand(exact);
	memcpy(exact, data + 1, size - 1);
	each[data[0] % 4](exact, size - 1);
	free(exact);
	return 0;
}
