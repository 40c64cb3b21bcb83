// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copying the arguments of /dev/pram ioctls. Each struct starts with its size, so that later
 * versions can append fields.
 */
#include <linux/minmax.h>
#include <linux/uaccess.h>

#include "uarg.h"

/**
 * pram_arg_get - copy an argument from user space
 * @arg: returns the struct; its first field is the size of the caller's struct
 * @size: size of @arg in bytes; all structs have their first version
 * @uarg: the caller's struct
 *
 * Return: 0; -EINVAL if the caller's struct is smaller than @size; -E2BIG if it is larger and
 * the part unknown to this kernel is not zero, or larger than a page; -EFAULT.
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
	/* User space may have changed the size since get_user(). */
	*(u32 *)arg = usize;
	return err;
}

/**
 * pram_arg_put - copy an argument back to user space
 * @uarg: the caller's struct
 * @arg: struct from pram_arg_get()
 * @size: size of @arg in bytes
 *
 * Return: 0, or -EFAULT.
 */
int pram_arg_put(void __user *uarg, const void *arg, size_t size)
{
	u32 usize = *(const u32 *)arg;

	return copy_to_user(uarg, arg, min_t(size_t, usize, size)) ? -EFAULT : 0;
}
