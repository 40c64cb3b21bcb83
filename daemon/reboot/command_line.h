/* SPDX-License-Identifier: GPL-2.0-only */
/* The next kernel's command line. */
#ifndef PRAM_REBOOT_COMMAND_LINE_H
#define PRAM_REBOOT_COMMAND_LINE_H

#include <stdint.h>

/*
 * Builds the command line from
 *
 *  1. @running without pram=, BOOT_IMAGE= and initrd=, which are valid for this boot only;
 *  2. the words of @append, which may be NULL; each replaces all words with the same key;
 *  3. nokaslr, unless it is there already: the decompressor could choose preserved memory;
 *  4. pram=@sb_pfn.
 *
 * Words behind a lone "--" are for init and stay at the end. -EINVAL: @append has an open quote.
 */
int cmdline_next(const char *running, const char *append, uint64_t sb_pfn, char **ret);

#endif /* PRAM_REBOOT_COMMAND_LINE_H */
