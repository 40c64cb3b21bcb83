// SPDX-License-Identifier: GPL-2.0-only
/* Builds locks and commands for nftables. */
#include <stdlib.h>
#include <sys/socket.h>

#include "netlock/parts.h"
#include "str.h"

#define CRIU_MARK 0xC114	/* SOCCR_MARK of CRIU: its own packets pass */

const struct netlock_family netlock_families[NETLOCK_FAMILIES] = {
	{ "conns4", "@conns4", "ipv4_addr", "ip", AF_INET },
	{ "conns6", "@conns6", "ipv6_addr", "ip6", AF_INET6 },
};

static const char *const hooks[] = { "output", "input" };	/* the chains have the same names */

void json_freep(json_t **json)
{
	json_decref(*json);
}

static json_t *table_object(const char *table)
{
	return json_pack("{s:{s:s, s:s}}", "table", "family", "inet", "name", table);
}

static json_t *set_object(const char *table, const struct netlock_family *f)
{
	return json_pack("{s:{s:s, s:s, s:s, s:[s, s, s, s]}}", "set", "family", "inet", "name",
			 f->set, "table", table, "type", f->address, "inet_service", f->address,
			 "inet_service");
}

static json_t *chain_object(const char *table, const char *hook)
{
	return json_pack("{s:{s:s, s:s, s:s, s:s, s:s, s:i, s:s}}", "chain", "family", "inet",
			 "table", table, "name", hook, "type", "filter", "hook", hook, "prio", 0,
			 "policy", "accept");
}

/* Takes @left and @right over. */
static json_t *rule_object(const char *table, const char *chain, json_t *left, json_t *right,
			   const char *verdict)
{
	return json_pack("{s:{s:s, s:s, s:s, s:[{s:{s:s, s:o, s:o}}, {s:n}]}}", "rule", "family",
			 "inet", "table", table, "chain", chain, "expr", "match", "op",
			 "==", "left", left, "right", right, verdict);
}

static json_t *mark_rule(const char *table, const char *chain)
{
	return rule_object(table, chain, json_pack("{s:{s:s}}", "meta", "key", "mark"),
			   json_integer(CRIU_MARK), "accept");
}

static json_t *payload(const char *protocol, const char *field)
{
	return json_pack("{s:{s:s, s:s}}", "payload", "protocol", protocol, "field", field);
}

static json_t *drop_rule(const char *table, const char *chain, const struct netlock_family *f)
{
	json_t *left = json_pack("{s:[o, o, o, o]}", "concat", payload(f->protocol, "saddr"),
				 payload("tcp", "sport"), payload(f->protocol, "daddr"),
				 payload("tcp", "dport"));

	return rule_object(table, chain, left, json_string(f->ref), "drop");
}

json_t *netlock_template(const char *table)
{
	json_t *all = json_array();
	int r = json_array_append_new(all, table_object(table));

	for (size_t i = 0; i < NETLOCK_FAMILIES; i++)
		r |= json_array_append_new(all, set_object(table, &netlock_families[i]));
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++)
		r |= json_array_append_new(all, chain_object(table, hooks[i]));
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++) {
		r |= json_array_append_new(all, mark_rule(table, hooks[i]));
		for (size_t k = 0; k < NETLOCK_FAMILIES; k++)
			r |= json_array_append_new(all, drop_rule(table, hooks[i],
								  &netlock_families[k]));
	}
	if (!r)
		return all;
	json_decref(all);
	return NULL;
}

char *netlock_build(const struct netlock_content *c)
{
	json_t *all __cleanup(json_freep) = netlock_template(c->name);
	json_t *doc __cleanup(json_freep) = NULL;
	int r = all ? 0 : -1;

	/* In the template, the sets follow the table. */
	for (size_t i = 0; i < NETLOCK_FAMILIES && !r; i++)
		if (json_array_size(c->elems[i]))
			r = json_object_set(json_object_get(json_array_get(all, i + 1), "set"),
					    "elem", c->elems[i]);
	if (!r)
		doc = json_pack("{s:O}", "nftables", all);
	return doc ? json_dumps(doc, JSON_COMPACT) : NULL;
}

static char *dump(json_t *doc)
{
	char *text = doc ? json_dumps(doc, JSON_COMPACT) : NULL;

	json_decref(doc);
	return text;
}

char *netlock_list_command(const char *name)
{
	if (!name)
		return dump(json_pack("{s:[{s:{s:{s:s}}}]}", "nftables", "list", "tables", "family",
				      "inet"));
	return dump(json_pack("{s:[{s:{s:{s:s, s:s}}}]}", "nftables", "list", "table", "family",
			      "inet", "name", name));
}

/* Adds the table first, so that it is no error if the table does not exist. */
char *netlock_drop_command(const char *name)
{
	return dump(json_pack("{s:[{s:o}, {s:o}]}", "nftables", "add", table_object(name), "delete",
			      table_object(name)));
}
