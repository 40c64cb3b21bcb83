// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "reboot/kernel_config.h"
#include "reboot/kernel_file.h"
#include "io.h"
#include "str.h"

#define CONFIG_MAX (4u << 20)	/* Debian's has 280 KiB */
#define PREFIX "CONFIG_"

/* The start of the line after @p, or NULL. */
static const char *next_line(const char *p)
{
	p = strchr(p, '\n');
	return p && p[1] ? p + 1 : NULL;
}

/* What follows "CONFIG_@symbol=" up to the end of the line, or NULL. */
static const char *value_of(const char *text, const char *symbol, size_t *ret_len)
{
	for (const char *p = text; p; p = next_line(p)) {
		const char *rest = str_after(p, PREFIX);

		rest = rest ? str_after(rest, symbol) : NULL;
		if (!rest || *rest != '=')
			continue;
		*ret_len = strcspn(rest + 1, "\r\n");
		return rest + 1;
	}
	return NULL;
}

bool kernelconfig_has(const char *text, const char *symbol)
{
	size_t len;
	const char *value = value_of(text, symbol, &len);

	return value && len == 1 && *value == 'y';
}

bool kernelconfig_number(const char *text, const char *symbol, uint64_t *ret)
{
	char digits[24];
	size_t len;
	const char *value = value_of(text, symbol, &len);

	if (!value || len >= sizeof(digits))
		return false;
	memcpy(digits, value, len);
	digits[len] = 0;
	return str_u64(digits, 10, ret) == 0;
}

bool kernelconfig_has_modules(const char *text)
{
	for (const char *p = text; p; p = next_line(p)) {
		size_t len = strcspn(p, "\r\n");

		if (str_after(p, PREFIX) && len > 2 && memcmp(p + len - 2, "=m", 2) == 0)
			return true;
	}
	return false;
}

bool kernelconfig_complete(const char *text)
{
	const char *menu = strstr(text, " Kernel Configuration\n");

	/* The last menu of all. Symbols without a menu may follow it. */
	return menu && strstr(menu, "\n# end of Kernel hacking\n");
}

int kernelconfig_read(const char *path, char **ret)
{
	char *text __cleanup(freep) = NULL;
	uint64_t bytes = 0;
	size_t len = 0;
	int fd __cleanup(fd_closep) = kernelfile_open(path, &bytes);
	int r = fd < 0 ? fd : read_fd(fd, CONFIG_MAX, &text, &len);

	if (r < 0)
		return r == -EFBIG ? -EBADMSG : r;
	if (strlen(text) != len || !kernelconfig_complete(text))
		return -EBADMSG;
	*ret = text;
	text = NULL;
	return 0;
}
