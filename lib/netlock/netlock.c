// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <stdlib.h>

#include "netlock/netlock.h"
#include "netlock/json.h"
#include "str.h"

/* Stores the first line that nftables printed in @e->nft, which is for the log only. */
static int failed(struct nft_ctx *ctx, struct netlock_error *e)
{
	const char *text = str_or(nft_ctx_get_error_buffer(ctx));

	snprintf(e->text, sizeof(e->text), "nftables refuses the command");
	if (*text)
		snprintf(e->nft, sizeof(e->nft), "%.*s", (int)strcspn(text, "\n"), text);
	str_sanitize(e->nft);
	return -EIO;
}

static int no_memory(struct netlock_error *e)
{
	snprintf(e->text, sizeof(e->text), "out of memory");
	return -ENOMEM;
}

/*
 * Runs @command and frees it. libnftables treats what it cannot parse as JSON as text in its own
 * language. So @command must come from build.c, never from outside.
 */
static int run(char *command, char **ret_output, struct netlock_error *e)
{
	struct nft_ctx *ctx = command ? nft_ctx_new(NFT_CTX_DEFAULT) : NULL;
	int r = -ENOMEM;

	if (ctx && nft_ctx_buffer_output(ctx) == 0 && nft_ctx_buffer_error(ctx) == 0) {
		nft_ctx_output_set_flags(ctx, NFT_CTX_OUTPUT_JSON);
		r = nft_run_cmd_from_buffer(ctx, command) ? failed(ctx, e) : 0;
	}
	if (!r && ret_output) {
		*ret_output = strdup(str_or(nft_ctx_get_output_buffer(ctx)));
		r = *ret_output ? 0 : -ENOMEM;
	}
	if (ctx)
		nft_ctx_free(ctx);
	free(command);
	return r == -ENOMEM ? no_memory(e) : r;
}

/* Returns 1 and @name if the table of CRIU's run exists, 0 if not, or a negative errno. */
static int find_table(const char *run_id, char name[NETLOCK_NAME_SIZE], struct netlock_error *e)
{
	char *tables __cleanup(freep) = NULL;
	int r = run(netlock_list_command(NULL), &tables, e);

	return r < 0 ? r : netlock_find_table(tables, run_id, name, e);
}

int netlock_save(const char *run_id, char **ret, struct netlock_error *e)
{
	char *listing __cleanup(freep) = NULL;
	char name[NETLOCK_NAME_SIZE];
	int r;

	*ret = NULL;
	*e = (struct netlock_error){};
	r = find_table(run_id, name, e);
	if (r <= 0)
		return r;
	r = run(netlock_list_command(name), &listing, e);
	if (!r)
		r = netlock_from_listing(listing, name, ret, e);
	if (!r && !*ret)
		r = run(netlock_drop_command(name), NULL, e);
	return r;
}

int netlock_load(const char *lock, struct netlock_error *e)
{
	char name[NETLOCK_NAME_SIZE];
	char *own;
	int r;

	*e = (struct netlock_error){};
	r = netlock_check(lock, name, &own, e);
	return r < 0 ? r : run(own, NULL, e);
}

int netlock_drop(const char *lock, struct netlock_error *e)
{
	char name[NETLOCK_NAME_SIZE];
	int r;

	*e = (struct netlock_error){};
	r = netlock_check(lock, name, NULL, e);
	return r < 0 ? r : run(netlock_drop_command(name), NULL, e);
}

int netlock_drop_run(const char *run_id, struct netlock_error *e)
{
	char name[NETLOCK_NAME_SIZE];
	int r;

	*e = (struct netlock_error){};
	r = find_table(run_id, name, e);
	return r <= 0 ? r : run(netlock_drop_command(name), NULL, e);
}
