/* SPDX-License-Identifier: GPL-2.0-only */
/* The next kernel's command line. */
#ifndef PRAM_REBOOT_COMMAND_LINE_H
#define PRAM_REBOOT_COMMAND_LINE_H

#include <stdint.h>

/*
 * @running without what belongs to this boot alone (pram=, BOOT_IMAGE=,
 * initrd=), then the words of @append (each replaces all of the same key), then
 * nokaslr unless it is there, since the decompressor must not choose a
 * preserved place, then pram=@sb_pfn. What follows a lone "--" is for init and
 * stays at the end. @append may be NULL. -EINVAL: an open quote in @append.
 */
int cmdline_next(const char *running, const char *append, uint64_t sb_pfn, char **ret);

#endif /* PRAM_REBOOT_COMMAND_LINE_H */
