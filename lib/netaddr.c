// SPDX-License-Identifier: GPL-2.0-only
/* What can be read off the text of a lock without nftables. */
#include <ctype.h>
#include <errno.h>

#include "netlock.h"
#include "str.h"

int netlock_name(const char *text, char *buf)
{
	const char *name = str_after(text + strspn(text, " \n"), "table inet ");
	size_t len = 0;

	if (!name || !str_after(name, "CRIU-"))
		return -EBADMSG;
	while (isalnum((unsigned char)name[len]) || name[len] == '-')
		len++;
	if (!str_after(name + len, " {") || len >= NETLOCK_NAME_SIZE)
		return -EBADMSG;
	memcpy(buf, name, len);
	buf[len] = 0;
	return 0;
}
