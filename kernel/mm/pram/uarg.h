/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MM_PRAM_UARG_H
#define _MM_PRAM_UARG_H

#include <linux/types.h>

int pram_arg_get(void *arg, size_t size, const void __user *uarg);
int pram_arg_put(void __user *uarg, const void *arg, size_t size);

#endif /* _MM_PRAM_UARG_H */
