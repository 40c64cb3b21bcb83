// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arguments of the calls of /dev/pram: structs that start with their size, so that they can grow.
 */
#include <linux/minmax.h>
#include <linux/uaccess.h>

#include "uarg.h"

/**
 * pram_arg_get - fetch a struct that starts with its size
 * @arg: kernel's struct; its first field becomes the caller's size
 * @size: of @arg; the first version of each struct is the current one
 * @uarg: the caller's
 *
 * Return: 0; -EINVAL if the caller's is too small, -E2BIG if it is larger and the
 * part unknown to this kernel is not zero, -EFAULT.
 */
int pram_arg_get(void *arg, size_t size, const void __user *uarg)
{
	u32 usize;
	int err;

	if (get_user(usize, (const u32 __user *)uarg))
		return -EFAULT;
	if (usize < size)
		return -EINVAL;
	if (usize > PAGE_SIZE)
		return -E2BIG;
	err = copy_struct_from_user(arg, size, uarg, usize);
	/* It may have changed since we looked. */
	*(u32 *)arg = usize;
	return err;
}

/**
 * pram_arg_put - hand a struct back that pram_arg_get() fetched
 * @uarg: the caller's
 * @arg: kernel's struct
 * @size: of @arg
 *
 * Return: 0, or -EFAULT.
 */
int pram_arg_put(void __user *uarg, const void *arg, size_t size)
{
	u32 usize = *(const u32 *)arg;

	return copy_to_user(uarg, arg, min_t(size_t, usize, size)) ? -EFAULT : 0;
}
