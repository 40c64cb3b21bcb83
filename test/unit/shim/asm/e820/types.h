/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_ASM_E820_TYPES_H
#define SHIM_ASM_E820_TYPES_H

#define E820_TYPE_RAM		1
#define E820_TYPE_RESERVED	2

#endif /* SHIM_ASM_E820_TYPES_H */
