// SPDX-License-Identifier: GPL-2.0-only
/* Parses and checks locks and the listings of nftables. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "netlock/parts.h"
#include "str.h"

#define NAME_PREFIX "CRIU-"
#define CRIU_TABLE_BUFFER 32	/* CRIU's buffer for "inet CRIU-RUNID", which may truncate it */
#define PORT_MAX 65535

static void content_deinit(struct netlock_content *c)
{
	for (size_t i = 0; i < NETLOCK_FAMILIES; i++)
		json_decref(c->elems[i]);
}

static int __printf_like(2, 3) refuse(struct netlock_error *e, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, args);
	va_end(args);
	str_sanitize(e->text);
	return -EBADMSG;
}

static int no_memory(struct netlock_error *e)
{
	snprintf(e->text, sizeof(e->text), "out of memory");
	return -ENOMEM;
}

static bool is_port(const json_t *json)
{
	return json_is_integer(json) && json_integer_value(json) >= 0 &&
	       json_integer_value(json) <= PORT_MAX;
}

static bool is_address(const json_t *json, int af)
{
	unsigned char buf[sizeof(struct in6_addr)];
	const char *s = json_string_value(json);

	return s && inet_pton(af, s, buf) == 1;
}

static bool is_element(const json_t *json, int af)
{
	const json_t *v = json_object_get(json, "concat");

	return json_object_size(json) == 1 && json_array_size(v) == 4 &&
	       is_address(json_array_get(v, 0), af) && is_port(json_array_get(v, 1)) &&
	       is_address(json_array_get(v, 2), af) && is_port(json_array_get(v, 3));
}

/* Moves the elements of a set into @c. */
static int take_elements(json_t *set, struct netlock_content *c, struct netlock_error *e)
{
	json_t *elems = json_object_get(set, "elem");
	const char *name = str_or(json_string_value(json_object_get(set, "name")));
	size_t i;

	if (!elems)
		return 0;
	for (i = 0; i < NETLOCK_FAMILIES && !str_eq(netlock_families[i].set, name); i++)
		;
	if (i == NETLOCK_FAMILIES)
		return refuse(e, "the set \"%s\" is not one of CRIU's", name);
	if (c->elems[i])
		return refuse(e, "the set \"%s\" is there twice", name);
	if (!json_is_array(elems))
		return refuse(e, "the elements of the set \"%s\" are not a list", name);
	for (size_t k = 0; k < json_array_size(elems); k++)
		if (!is_element(json_array_get(elems, k), netlock_families[i].af))
			return refuse(e, "element %zu of the set \"%s\" is not a connection", k,
				      name);
	c->elems[i] = json_incref(elems);
	json_object_del(set, "elem");
	return 0;
}

/* The object itself is for the log. */
static int refuse_object(struct netlock_error *e, const char *kind, const json_t *object)
{
	char *text __cleanup(freep) = json_dumps(object, JSON_COMPACT | JSON_ENCODE_ANY);

	snprintf(e->nft, sizeof(e->nft), "%s", str_or(text));
	return refuse(e, "the table has an unexpected \"%s\", which is not CRIU's", kind);
}

/* Removes one object, such as {"chain": {...}}, from @expected, which lists the objects to come. */
static int match_object(json_t *object, json_t *expected, struct netlock_content *c,
			struct netlock_error *e)
{
	const char *kind = json_object_iter_key(json_object_iter(object));
	json_t *body = json_object_iter_value(json_object_iter(object));
	int r;

	if (json_object_size(object) != 1)
		return refuse_object(e, "object", object);
	if (str_eq(kind, "set")) {
		r = take_elements(body, c, e);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < json_array_size(expected); i++)
		if (json_equal(object, json_array_get(expected, i)))
			return json_array_remove(expected, i);
	return refuse_object(e, kind, body);
}

/* Checks that @list consists of exactly the objects of the table @c->name. Elements go into @c. */
static int match_all(json_t *list, struct netlock_content *c, struct netlock_error *e)
{
	json_t *expected __cleanup(json_freep) = netlock_template(c->name);
	int r = 0;

	if (!expected)
		return no_memory(e);
	for (size_t i = 0; i < json_array_size(list) && !r; i++)
		r = match_object(json_array_get(list, i), expected, c, e);
	if (!r && json_array_size(expected))
		r = refuse(e, "a \"%s\" is missing",
			   json_object_iter_key(json_object_iter(json_array_get(expected, 0))));
	return r;
}

/*
 * Returns a new reference to the list in {"nftables": [...]}. NULL: @text is not such a document.
 */
static json_t *parse(const char *text, struct netlock_error *e)
{
	json_t *doc __cleanup(json_freep) = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	json_t *list = json_object_get(doc, "nftables");

	if (json_is_array(list) && json_object_size(doc) == 1)
		return json_incref(list);
	refuse(e, str_after(text, "table ") ? "it is text of an older pramd, not JSON" :
					      "it is not nftables' JSON");
	return NULL;
}

/* Removes what only a listing has: the version of nftables, and the kernel's handles of objects. */
static void strip(json_t *list)
{
	for (size_t i = json_array_size(list); i--;) {
		json_t *object = json_array_get(list, i);

		if (json_object_get(object, "metainfo"))
			json_array_remove(list, i);
		else
			json_object_del(json_object_iter_value(json_object_iter(object)), "handle");
	}
}

int netlock_from_listing(const char *listing, const char *name, char **ret, struct netlock_error *e)
{
	struct netlock_content c __cleanup(content_deinit) = {};
	json_t *list __cleanup(json_freep) = parse(listing, e);
	int r = list ? 0 : -EBADMSG;

	*ret = NULL;
	if (!r && snprintf(c.name, sizeof(c.name), "%s", name) >= (int)sizeof(c.name))
		r = refuse(e, "the name of the table is too long");
	if (r < 0)
		return r;
	strip(list);
	r = match_all(list, &c, e);
	if (r < 0 || !(json_array_size(c.elems[0]) || json_array_size(c.elems[1])))
		return r;
	*ret = netlock_build(&c);
	if (!*ret)
		return no_memory(e);
	if (strlen(*ret) <= NETLOCK_MAX)
		return 0;
	freep(ret);
	*ret = NULL;
	refuse(e, "there are too many connections");
	return -E2BIG;
}

/* --- names -------------------------------------------------------------------------------- */

/* Is @name a table of CRIU? Its run id is a UUID, which may be truncated. */
static bool is_name(const char *name)
{
	const char *id = str_after(name, NAME_PREFIX);

	return id && *id && !id[strspn(id, "0123456789abcdefABCDEF-")] &&
	       strlen(name) < NETLOCK_NAME_SIZE;
}

/* Does the table belong to the run? CRIU's buffer may have truncated the name. */
static bool is_of_run(const char *name, const char *run_id)
{
	char *whole __cleanup(freep) = str_printf(NAME_PREFIX "%s", run_id);
	size_t cut = CRIU_TABLE_BUFFER - 1 - strlen("inet ");

	if (!whole || !is_name(name))
		return false;
	return str_eq(name, whole) || (strlen(name) == cut && str_after(whole, name));
}

int netlock_find_table(const char *listing, const char *run_id, char name[NETLOCK_NAME_SIZE],
		       struct netlock_error *e)
{
	json_t *list __cleanup(json_freep) = parse(listing, e);

	if (!list)
		return -EBADMSG;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *table = json_object_get(json_array_get(list, i), "table");
		const char *s = json_string_value(json_object_get(table, "name"));

		if (!s ||
		    !str_eq(str_or(json_string_value(json_object_get(table, "family"))), "inet") ||
		    !is_of_run(s, run_id))
			continue;
		snprintf(name, NETLOCK_NAME_SIZE, "%s", s);
		return 1;
	}
	return 0;
}

/* Reads the name from the table object, which comes first in a lock. */
static int take_name(const json_t *list, char name[NETLOCK_NAME_SIZE], struct netlock_error *e)
{
	const json_t *table = json_object_get(json_array_get(list, 0), "table");
	const char *s = json_string_value(json_object_get(table, "name"));

	if (!table)
		return refuse(e, "it does not begin with a table");
	if (!s || !is_name(s))
		return refuse_object(e, "table", table);
	snprintf(name, NETLOCK_NAME_SIZE, "%s", s);
	return 0;
}

int netlock_check(const char *lock, char name[NETLOCK_NAME_SIZE], char **ret,
		  struct netlock_error *e)
{
	struct netlock_content c __cleanup(content_deinit) = {};
	json_t *list __cleanup(json_freep) = parse(lock, e);
	int r = list ? take_name(list, c.name, e) : -EBADMSG;

	if (ret)
		*ret = NULL;
	if (!r)
		r = match_all(list, &c, e);
	if (r < 0)
		return r;
	snprintf(name, NETLOCK_NAME_SIZE, "%s", c.name);
	if (ret)
		*ret = netlock_build(&c);
	return !ret || *ret ? 0 : no_memory(e);
}

