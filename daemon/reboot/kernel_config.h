/* SPDX-License-Identifier: GPL-2.0-only */
/* The configuration of a kernel, as distributions put it beside the image: /boot/config-RELEASE. */
#ifndef PRAM_REBOOT_KERNEL_CONFIG_H
#define PRAM_REBOOT_KERNEL_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Reads a whole configuration into @ret, which the caller frees. -ENOENT: there is none. -EBADMSG:
 * it is truncated, or something else. What it does not name would be taken for "not set".
 */
int kernelconfig_read(const char *path, char **ret);

/* Is it one, to its end? */
bool kernelconfig_complete(const char *text);

/* Is CONFIG_@symbol=y? */
bool kernelconfig_has(const char *text, const char *symbol);

/* The value of a symbol that is a number. False: it has no such value. */
bool kernelconfig_number(const char *text, const char *symbol, uint64_t *ret);

/* Is any part of the kernel a module? */
bool kernelconfig_has_modules(const char *text);

#endif /* PRAM_REBOOT_KERNEL_CONFIG_H */
