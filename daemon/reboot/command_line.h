/* SPDX-License-Identifier: GPL-2.0-only */
/* The next kernel's command line. */
#ifndef PRAM_REBOOT_COMMAND_LINE_H
#define PRAM_REBOOT_COMMAND_LINE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Builds the command line from
 *
 *  1. @running without pram=, BOOT_IMAGE= and initrd=, which are valid for this boot only;
 *  2. the words of @append, which may be NULL; each replaces all words with the same key;
 *  3. pram=@sb_pfn;
 *  4. unless @kaslr, nokaslr, if it is not there already. A decompressor that does not know PRAM
 *     could choose preserved memory for the kernel. In @running, nokaslr behind pram= is from here
 *     and is left out; before pram= it is the user's.
 *
 * Words behind a lone "--" are for init and stay at the end. -EINVAL: @append has an open quote.
 */
int cmdline_next(const char *running, const char *append, uint64_t sb_pfn, bool kaslr,
		 char **ret);

#endif /* PRAM_REBOOT_COMMAND_LINE_H */
