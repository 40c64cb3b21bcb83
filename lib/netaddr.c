// SPDX-License-Identifier: GPL-2.0-only
/* What can be read off the text of a lock without nftables. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "netlock.h"
#include "pb.h"
#include "str.h"

#define ELEMENTS "elements = {"

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

static bool is_address(const char *word)
{
	unsigned char buf[16];

	return inet_pton(AF_INET, word, buf) == 1 || inet_pton(AF_INET6, word, buf) == 1;
}

static int add_once(const char *word, char ***v, size_t *n)
{
	for (size_t i = 0; i < *n; i++)
		if (str_eq((*v)[i], word))
			return 0;
	return pb_append_str(n, v, word);
}

/* "10.0.0.1 . 80 . 10.0.0.2 . 4711, ..." up to the brace. */
static int add_elements(const char *text, char ***v, size_t *n)
{
	char word[INET6_ADDRSTRLEN];
	int r = 0;

	while (!r && *text && *text != '}') {
		size_t skip = strspn(text, " \t\n,");
		size_t len = strcspn(text + skip, " \t\n,}");

		text += skip;
		if (len && len < sizeof(word)) {
			memcpy(word, text, len);
			word[len] = 0;
			if (is_address(word))
				r = add_once(word, v, n);
		}
		text += len;
	}
	return r;
}

int netlock_addresses(const char *text, char ***ret, size_t *ret_n)
{
	char **v = NULL;
	size_t n = 0;
	int r = 0;

	for (const char *p = text; !r && (p = strstr(p, ELEMENTS)); p += strlen(ELEMENTS))
		r = add_elements(p + strlen(ELEMENTS), &v, &n);
	if (r < 0) {
		for (size_t i = 0; i < n; i++)
			free(v[i]);
		free(v);
		return r;
	}
	*ret = v;
	*ret_n = n;
	return 0;
}
