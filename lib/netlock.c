// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <nftables/libnftables.h>
#include <stdlib.h>

#include "netlock.h"
#include "str.h"

static int run(const char *command, char **ret_output)
{
	struct nft_ctx *ctx = nft_ctx_new(NFT_CTX_DEFAULT);
	const char *output;
	int r = -ENOMEM;

	if (!ctx)
		return r;
	if (nft_ctx_buffer_output(ctx) == 0 && nft_ctx_buffer_error(ctx) == 0)
		r = nft_run_cmd_from_buffer(ctx, command) ? -EIO : 0;
	if (!r && ret_output) {
		output = nft_ctx_get_output_buffer(ctx);
		*ret_output = strdup(str_or(output));
		r = *ret_output ? 0 : -ENOMEM;
	}
	nft_ctx_free(ctx);
	return r;
}

/* CRIU cuts the id off where its buffer ends. */
static bool is_of_run(const char *table, const char *run_id)
{
	const char *id = str_after(table, "CRIU-");

	return id && *id && str_after(run_id, id);
}

/* The name of the table that is there; *@ret is NULL if there is none. */
static int find_table(const char *run_id, char **ret)
{
	char *tables __cleanup(freep) = NULL;
	char *save = NULL;
	int r = run("list tables inet", &tables);

	*ret = NULL;
	if (r < 0)
		return r;
	for (char *line = strtok_r(tables, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *name = str_after(str_trim(line), "table inet ");

		if (name && is_of_run(name, run_id)) {
			*ret = strdup(name);
			return *ret ? 0 : -ENOMEM;
		}
	}
	return 0;
}

/* Made first if it is not there: so to remove it is no error. */
static int drop_table(const char *name)
{
	char *command __cleanup(freep) =
		str_printf("add table inet %s; delete table inet %s", name, name);

	return command ? run(command, NULL) : -ENOMEM;
}

int netlock_save(const char *run_id, char **ret)
{
	char *name __cleanup(freep) = NULL;
	char *command __cleanup(freep) = NULL;
	char *text = NULL;
	int r = find_table(run_id, &name);

	*ret = NULL;
	if (r < 0 || !name)
		return r;
	command = str_printf("list table inet %s", name);
	r = command ? run(command, &text) : -ENOMEM;
	if (!r && strlen(text) > NETLOCK_MAX)
		r = -E2BIG;
	if (r < 0 || !strstr(text, "elements = ")) {
		free(text);
		return r < 0 ? r : drop_table(name);
	}
	*ret = text;
	return 0;
}

int netlock_load(const char *text)
{
	char name[NETLOCK_NAME_SIZE];
	int r = netlock_name(text, name);

	return r < 0 ? r : run(text, NULL);
}

int netlock_drop(const char *text)
{
	char name[NETLOCK_NAME_SIZE];
	int r = netlock_name(text, name);

	return r < 0 ? r : drop_table(name);
}

int netlock_drop_run(const char *run_id)
{
	char *name __cleanup(freep) = NULL;
	int r = find_table(run_id, &name);

	return r < 0 || !name ? r : drop_table(name);
}
