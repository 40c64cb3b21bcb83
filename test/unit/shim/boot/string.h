/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_BOOT_STRING_H
#define SHIM_BOOT_STRING_H

int boot_kstrtoul(const char *s, unsigned int base, unsigned long *res);

#endif /* SHIM_BOOT_STRING_H */
