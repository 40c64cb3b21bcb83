// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "reboot/boot_params.h"
#include "io.h"
#include "str.h"

#define BOOT_PARAMS "/sys/kernel/boot_params/data"

/* Offsets of Documentation/arch/x86/zero-page.rst. */
#define BOOT_PARAMS_BYTES 4096
#define OFF_EXT_RAMDISK_SIZE 0x0c4
#define OFF_SECURE_BOOT 0x1ec
#define OFF_HEADER 0x202
#define OFF_RAMDISK_SIZE 0x21c

#define SECURE_BOOT_ENABLED 3	/* efi_secureboot_mode_enabled */

static bool any(const uint8_t *p, size_t n)
{
	while (n--)
		if (p[n])
			return true;
	return false;
}

bool bootparams_parse(const uint8_t *buf, size_t len, struct boot_params_info *ret)
{
	*ret = (struct boot_params_info){};
	if (len < BOOT_PARAMS_BYTES || memcmp(buf + OFF_HEADER, "HdrS", 4) != 0)
		return false;
	ret->initrd = any(buf + OFF_RAMDISK_SIZE, 4) || any(buf + OFF_EXT_RAMDISK_SIZE, 4);
	ret->secure_boot = buf[OFF_SECURE_BOOT] == SECURE_BOOT_ENABLED;
	return true;
}

void bootparams_read(struct boot_params_info *ret)
{
	char *buf __cleanup(freep) = NULL;
	size_t len = 0;

	*ret = (struct boot_params_info){};
	if (read_file(BOOT_PARAMS, BOOT_PARAMS_BYTES, &buf, &len) == 0)
		bootparams_parse((const uint8_t *)buf, len, ret);
}
