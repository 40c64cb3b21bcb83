// SPDX-License-Identifier: GPL-2.0-only
/*
 * The network lock of a service: it is made from nftables' JSON, checked before it is loaded, and, if this test runs as
 * root, loaded into a network namespace of the test.
 */
#include <errno.h>
#include <nftables/libnftables.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netlock/netlock.h"
#include "netlock/json.h"
#include "str.h"
#include "test.h"

#define RUN_ID "b8460f19-6832-40ba-b91c-0123456789ab"
#define NAME "CRIU-b8460f19-6832-40ba-b9"	/* as truncated by CRIU */
#define OTHER "CRIU-b8460f19-6832-40ba-b8"

/* Output of nft -j list; H(n) is the handle that the kernel gives the object. */
#define H(n) ",\"handle\":" #n
#define NO_HANDLE
#define OBJECT(kind, name, rest) "{\"" kind "\":{\"family\":\"inet\",\"name\":\"" name "\"" rest "}}"
#define TABLE(name, h) OBJECT("table", name, h)
#define TYPE(addr) ",\"type\":[\"" addr "\",\"inet_service\",\"" addr "\",\"inet_service\"]"
#define SET(name, addr, rest) OBJECT("set", name, ",\"table\":\"" NAME "\"" TYPE(addr) rest)
#define CHAIN(hook, rest) \
	OBJECT("chain", hook, ",\"table\":\"" NAME "\",\"type\":\"filter\",\"hook\":\"" hook "\",\"prio\":0" rest)
#define ACCEPT ",\"policy\":\"accept\""
#define RULE(chain, h, left, right, verdict) \
	"{\"rule\":{\"family\":\"inet\",\"table\":\"" NAME "\",\"chain\":\"" chain "\"" h \
	",\"expr\":[{\"match\":{\"op\":\"==\",\"left\":{" left "},\"right\":" right "}},{" verdict "}]}}"
#define MARK "\"meta\":{\"key\":\"mark\"}", "49428", "\"accept\":null"
#define FIELD(p, f) "{\"payload\":{\"protocol\":\"" p "\",\"field\":\"" f "\"}}"
#define DROP(ip, set) \
	"\"concat\":[" FIELD(ip, "saddr") "," FIELD("tcp", "sport") "," FIELD(ip, "daddr") "," \
	FIELD("tcp", "dport") "]", "\"@" set "\"", "\"drop\":null"
#define RULE_(...) RULE(__VA_ARGS__)
#define RULES(chain, h) \
	RULE_(chain, h, MARK) "," RULE_(chain, h, DROP("ip", "conns4")) "," \
	RULE_(chain, h, DROP("ip6", "conns6"))
#define DOC(objects) "{\"nftables\":[" objects "]}"
#define META(version) "{\"metainfo\":{\"version\":\"" version "\",\"release_name\":\"x\",\"json_schema_version\":1}},"

#define V4 "{\"concat\":[\"10.0.2.15\",45678,\"10.0.2.100\",7]},{\"concat\":[\"10.0.2.100\",7,\"10.0.2.15\",45678]}"
#define V6 "{\"concat\":[\"fe80::1\",1,\"::1\",65535]}"
#define ELEM(e) ",\"elem\":[" e "]"
#define SETS(h, e4, e6) SET("conns4", "ipv4_addr", h e4) "," SET("conns6", "ipv6_addr", h e6)
#define CHAINS(h) CHAIN("output", h ACCEPT) "," CHAIN("input", h ACCEPT)
#define ALL_RULES(h) RULES("output", h) "," RULES("input", h)

/* Debian 12's nft lists the sets first, Debian 13's the chains. */
#define LISTING_12(e4, e6) \
	DOC(META("1.0.6") TABLE(NAME, H(1)) "," SETS(H(3), e4, e6) "," CHAINS(H(7)) "," ALL_RULES(H(9)))
#define LISTING_13(e4, e6) \
	DOC(META("1.1.3") TABLE(NAME, H(1)) "," CHAINS(H(7)) "," SETS(H(3), e4, e6) "," ALL_RULES(H(9)))

/* A lock whose parts the tests can replace. */
#define PARTS(table, sets, chains, rules) DOC(table "," sets "," chains "," rules)
#define GOOD_TABLE TABLE(NAME, NO_HANDLE)
#define GOOD_SETS SETS(NO_HANDLE, ELEM(V4), ELEM(V6))
#define GOOD_CHAINS CHAINS(NO_HANDLE)
#define GOOD_RULES ALL_RULES(NO_HANDLE)
#define LOCK PARTS(GOOD_TABLE, GOOD_SETS, GOOD_CHAINS, GOOD_RULES)
#define WITH(extra) PARTS(GOOD_TABLE, GOOD_SETS, GOOD_CHAINS, GOOD_RULES "," extra)

/* --- making a lock ------------------------------------------------------------------------ */

static char *lock_of(const char *listing)
{
	struct netlock_error e = {};
	char *lock = NULL;
	int r = netlock_from_listing(listing, NAME, &lock, &e);

	if (r)
		fail_msg("refused: %s", e.text);
	return lock;
}

static void test_make(void **state)
{
	static const char *const listings[] = { LISTING_12(ELEM(V4), ELEM(V6)), LISTING_13(ELEM(V4), ELEM(V6)) };
	char name[NETLOCK_NAME_SIZE];
	struct netlock_error e = {};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(listings); i++) {
		char *lock = lock_of(listings[i]);
		char *again = NULL;

		assert_non_null(lock);
		assert_non_null(strstr(lock, V4));
		assert_non_null(strstr(lock, V6));
		assert_null(strstr(lock, "handle"));
		assert_null(strstr(lock, "metainfo"));
		assert_int_equal(netlock_check(lock, name, &again, &e), 0);
		assert_string_equal(name, NAME);
		assert_string_equal(again, lock);
		free(again);
		/* the lock that this test builds is the same */
		assert_int_equal(netlock_check(LOCK, name, &again, &e), 0);
		assert_string_equal(again, lock);
		free(again);
		free(lock);
	}
}

static void test_make_empty(void **state)
{
	char *lock;

	(void)state;
	assert_null(lock_of(LISTING_12("", "")));
	assert_null(lock_of(LISTING_13("", ELEM(""))));
	lock = lock_of(LISTING_13("", ELEM(V6)));
	assert_non_null(lock);
	assert_null(strstr(lock, "10.0.2"));
	free(lock);
}

static void test_make_too_large(void **state)
{
	struct strbuf b = {};
	struct netlock_error e = {};
	char *lock = NULL;

	(void)state;
	strbuf_puts(&b, "{\"nftables\":[" TABLE(NAME, H(1)) "," CHAINS(H(2)) "," ALL_RULES(H(3)) ","
		    SET("conns6", "ipv6_addr", "") ",");
	strbuf_puts(&b, OBJECT("set", "conns4", ",\"table\":\"" NAME "\"" TYPE("ipv4_addr")) "]}");
	b.len -= strlen("}}]}");
	strbuf_puts(&b, ",\"elem\":[" V4);
	while (b.len < NETLOCK_MAX + 4096)
		strbuf_puts(&b, "," V4);
	strbuf_puts(&b, "]}}]}");
	assert_false(b.err);
	assert_int_equal(netlock_from_listing(b.s, NAME, &lock, &e), -E2BIG);
	assert_null(lock);
	assert_non_null(strstr(e.text, "too many connections"));
	strbuf_deinit(&b);
}

/* --- refusing ----------------------------------------------------------------------------- */

static const struct {
	const char *lock;
	const char *text;	/* expected in the error */
} bad[] = {
	{ "", "not nftables' JSON" },
	{ "flush ruleset", "not nftables' JSON" },
	{ "include \"/etc/nftables.conf\"", "not nftables' JSON" },
	{ "table inet " NAME " {\n}\n", "text of an older pramd" },
	{ LOCK "flush ruleset", "not nftables' JSON" },
	{ "[" LOCK "]", "not nftables' JSON" },
	{ "{\"nftables\":{}}", "not nftables' JSON" },
	{ "{\"nftables\":[],\"more\":1}", "not nftables' JSON" },
	{ DOC(""), "does not begin with a table" },
	{ DOC("1"), "does not begin with a table" },
	{ DOC("{\"flush\":{\"ruleset\":null}}"), "does not begin with a table" },
	{ DOC(META("1.0.6") GOOD_TABLE), "does not begin with a table" },
	{ DOC(GOOD_TABLE), "a \"set\" is missing" },
	{ PARTS(GOOD_TABLE, GOOD_SETS, GOOD_CHAINS, RULES("output", NO_HANDLE)), "a \"rule\" is missing" },
	{ PARTS(GOOD_TABLE, GOOD_SETS, CHAIN("output", ACCEPT), GOOD_RULES), "a \"chain\" is missing" },
	/* other tables, other names */
	{ PARTS(TABLE("filter", NO_HANDLE), GOOD_SETS, GOOD_CHAINS, GOOD_RULES), "unexpected \"table\"" },
	{ PARTS(TABLE("CRIU-", NO_HANDLE), GOOD_SETS, GOOD_CHAINS, GOOD_RULES), "unexpected \"table\"" },
	{ PARTS(TABLE("CRIU-1; x", NO_HANDLE), GOOD_SETS, GOOD_CHAINS, GOOD_RULES), "unexpected \"table\"" },
	{ PARTS(TABLE(NAME NAME, NO_HANDLE), GOOD_SETS, GOOD_CHAINS, GOOD_RULES), "unexpected \"table\"" },
	{ PARTS(TABLE(OTHER, NO_HANDLE), GOOD_SETS, GOOD_CHAINS, GOOD_RULES), "unexpected \"set\"" },
	{ PARTS("{\"table\":{\"family\":\"ip\",\"name\":\"" NAME "\"}}", GOOD_SETS, GOOD_CHAINS, GOOD_RULES),
	  "unexpected \"table\"" },
	{ PARTS("{\"table\":null}", GOOD_SETS, GOOD_CHAINS, GOOD_RULES), "unexpected \"table\"" },
	{ WITH(TABLE("filter", NO_HANDLE)), "unexpected \"table\"" },
	{ WITH(GOOD_TABLE), "unexpected \"table\"" },
	/* commands */
	{ WITH("{\"flush\":{\"ruleset\":null}}"), "unexpected \"flush\"" },
	{ WITH("{\"delete\":{\"table\":{\"family\":\"inet\",\"name\":\"filter\"}}}"), "unexpected \"delete\"" },
	{ WITH("{\"add\":" GOOD_TABLE "}"), "unexpected \"add\"" },
	{ WITH("{\"include\":\"/etc/nftables.conf\"}"), "unexpected \"include\"" },
	{ WITH("{}"), "unexpected \"object\"" },
	{ WITH("null"), "unexpected \"object\"" },
	{ PARTS("{\"table\":{\"family\":\"inet\",\"name\":\"" NAME "\"},\"flush\":{\"ruleset\":null}}", GOOD_SETS,
		GOOD_CHAINS, GOOD_RULES), "unexpected \"object\"" },
	/* objects that only occur in a listing */
	{ PARTS(TABLE(NAME, H(1)), GOOD_SETS, GOOD_CHAINS, GOOD_RULES), "unexpected \"table\"" },
	{ PARTS(GOOD_TABLE, GOOD_SETS, CHAINS(H(1)), GOOD_RULES), "unexpected \"chain\"" },
	/* chains and rules */
	{ PARTS(GOOD_TABLE, GOOD_SETS, CHAIN("output", ",\"policy\":\"drop\"") "," CHAIN("input", ACCEPT),
		GOOD_RULES), "unexpected \"chain\"" },
	{ WITH(CHAIN("forward", ACCEPT)), "unexpected \"chain\"" },
	{ WITH(CHAIN("input", ACCEPT)), "unexpected \"chain\"" },
	{ WITH(RULE_("input", NO_HANDLE, MARK)), "unexpected \"rule\"" },
	{ WITH(RULE("input", NO_HANDLE, "\"meta\":{\"key\":\"mark\"}", "1", "\"accept\":null")),
	  "unexpected \"rule\"" },
	{ WITH("{\"rule\":{\"family\":\"inet\",\"table\":\"filter\",\"chain\":\"input\",\"expr\":[{\"drop\":null}]}}"),
	  "unexpected \"rule\"" },
	/* sets */
	{ PARTS(GOOD_TABLE, GOOD_SETS "," SET("more", "ipv4_addr", ""), GOOD_CHAINS, GOOD_RULES),
	  "unexpected \"set\"" },
	{ PARTS(GOOD_TABLE, GOOD_SETS "," SET("more", "ipv4_addr", ELEM(V4)), GOOD_CHAINS, GOOD_RULES),
	  "the set \"more\" is not one of CRIU's" },
	{ PARTS(GOOD_TABLE, GOOD_SETS "," SET("conns4", "ipv4_addr", ELEM(V4)), GOOD_CHAINS, GOOD_RULES),
	  "the set \"conns4\" is there twice" },
	{ PARTS(GOOD_TABLE, SETS(",\"flags\":[\"interval\"]", ELEM(V4), ""), GOOD_CHAINS, GOOD_RULES),
	  "unexpected \"set\"" },
	{ PARTS(GOOD_TABLE, "{\"set\":null}", GOOD_CHAINS, GOOD_RULES), "unexpected \"set\"" },
	{ PARTS(GOOD_TABLE, SETS("", ",\"elem\":{}", ""), GOOD_CHAINS, GOOD_RULES), "not a list" },
	{ PARTS(GOOD_TABLE, SETS("", ELEM(V6), ""), GOOD_CHAINS, GOOD_RULES), "element 0 of the set \"conns4\"" },
	{ PARTS(GOOD_TABLE, SETS("", "", ELEM(V6 "," V4)), GOOD_CHAINS, GOOD_RULES),
	  "element 1 of the set \"conns6\"" },
#define BAD_ELEM(e) \
	{ PARTS(GOOD_TABLE, SETS("", ELEM(e), ""), GOOD_CHAINS, GOOD_RULES), "is not a connection" }
	BAD_ELEM("1"),
	BAD_ELEM("\"10.0.0.1\""),
	BAD_ELEM("{\"concat\":[\"10.0.0.1\",1,\"10.0.0.2\"]}"),
	BAD_ELEM("{\"concat\":[\"10.0.0.1\",1,\"10.0.0.2\",2,3]}"),
	BAD_ELEM("{\"concat\":[\"10.0.0.1\",1,\"10.0.0.2\",2],\"more\":1}"),
	BAD_ELEM("{\"concat\":[\"10.0.0.1\",65536,\"10.0.0.2\",2]}"),
	BAD_ELEM("{\"concat\":[\"10.0.0.1\",-1,\"10.0.0.2\",2]}"),
	BAD_ELEM("{\"concat\":[\"10.0.0.1\",\"ssh\",\"10.0.0.2\",2]}"),
	BAD_ELEM("{\"concat\":[\"localhost\",1,\"10.0.0.2\",2]}"),
	BAD_ELEM("{\"concat\":[{\"prefix\":{\"addr\":\"0.0.0.0\",\"len\":0}},1,\"10.0.0.2\",2]}"),
	BAD_ELEM("{\"elem\":{\"val\":{\"concat\":[\"10.0.0.1\",1,\"10.0.0.2\",2]},\"timeout\":9}}"),
};

static void test_refuse(void **state)
{
	char name[NETLOCK_NAME_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct netlock_error e = {};
		char *own = NULL;

		if (netlock_check(bad[i].lock, name, &own, &e) != -EBADMSG || own)
			fail_msg("bad[%zu] is taken\n", i);
		if (!strstr(e.text, bad[i].text))
			fail_msg("bad[%zu]: \"%s\" is not in \"%.80s\"\n", i, bad[i].text, e.text);
	}
}

/* A listing must contain exactly one table as CRIU creates it. */
static void test_refuse_listing(void **state)
{
	static const char *const listings[] = {
		DOC(META("1.0.6") TABLE(OTHER, H(1)) "," SETS(H(3), ELEM(V4), "") "," CHAINS(H(7)) "," ALL_RULES(H(9))),
		DOC(META("1.0.6") TABLE(NAME, H(1)) "," SETS(H(3), ELEM(V4), "") "," CHAINS(H(7)) "," ALL_RULES(H(9))
		    "," RULE("input", H(8), "\"meta\":{\"key\":\"mark\"}", "1", "\"drop\":null")),
		DOC(META("1.0.6") TABLE(NAME, H(1)) "," SETS(H(3), ELEM(V4), "") "," CHAINS(H(7))),
		DOC(META("1.0.6")),
		"",
	};
	struct netlock_error e = {};
	char *lock = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(listings); i++) {
		assert_int_equal(netlock_from_listing(listings[i], NAME, &lock, &e), -EBADMSG);
		assert_null(lock);
	}
}

/* If one byte of a lock is changed, it is either refused or still a lock that contains nothing else. */
static void test_garbage(void **state)
{
	static const char bytes[] = "\"{}[],:0x\\ \x01";
	char copy[] = LOCK;

	(void)state;
	for (size_t i = 0; i < sizeof(copy) - 1; i++) {
		for (size_t k = 0; k < sizeof(bytes); k++) {
			char name[NETLOCK_NAME_SIZE];
			struct netlock_error e = {};
			char *own = NULL, *again = NULL;

			memcpy(copy, LOCK, sizeof(copy));
			copy[i] = bytes[k];
			if (netlock_check(copy, name, &own, &e) < 0) {
				assert_null(own);
				assert_true(*e.text);
				continue;
			}
			assert_int_equal(netlock_check(own, name, &again, &e), 0);
			assert_string_equal(own, again);
			free(own);
			free(again);
		}
	}
}

/* --- finding the table -------------------------------------------------------------------- */

static int find(const char *tables, const char *run_id)
{
	char name[NETLOCK_NAME_SIZE] = "";
	struct netlock_error e = {};
	int r = netlock_find_table(tables, run_id, name, &e);

	assert_true((r == 1) == !!*name);
	return r;
}

static void test_find(void **state)
{
	(void)state;
#define TABLES(name) DOC(META("1.0.6") TABLE("filter", H(1)) "," TABLE(OTHER, H(2)) "," TABLE(name, H(3)))
	assert_int_equal(find(TABLES(NAME), RUN_ID), 1);
	assert_int_equal(find(TABLES("CRIU-" RUN_ID), RUN_ID), 1);
	assert_int_equal(find(TABLES("CRIU-1234"), "1234"), 1);
	/* a table name that is only a prefix of the ID belongs to another run, unless CRIU truncates at that length */
	assert_int_equal(find(TABLES("CRIU-b8460f19"), RUN_ID), 0);
	assert_int_equal(find(TABLES("CRIU-b8460f19-6832-40ba-b91"), RUN_ID), 0);
	assert_int_equal(find(TABLES("CRIU-"), RUN_ID), 0);
	assert_int_equal(find(TABLES("CRIU-1234"), "12345"), 0);
	assert_int_equal(find(TABLES("filter"), RUN_ID), 0);
	assert_int_equal(find(DOC(META("1.0.6") "{\"table\":{\"family\":\"ip\",\"name\":\"" NAME "\"}}"), RUN_ID), 0);
	assert_int_equal(find(DOC(META("1.0.6") "{\"set\":" NAME "}"), RUN_ID), -EBADMSG);
	assert_int_equal(find(DOC("{\"table\":1},2,{\"table\":{\"name\":3}}"), RUN_ID), 0);
	assert_int_equal(find(DOC(""), RUN_ID), 0);
	assert_int_equal(find("", RUN_ID), -EBADMSG);
}

/* --- with nftables ------------------------------------------------------------------------ */

static const char *no_nftables;	/* the reason if nftables cannot be used */

static char *nft_output(const char *command)
{
	struct nft_ctx *ctx = nft_ctx_new(NFT_CTX_DEFAULT);
	char *output;

	assert_non_null(ctx);
	assert_int_equal(nft_ctx_buffer_output(ctx), 0);
	assert_int_equal(nft_ctx_buffer_error(ctx), 0);
	if (nft_run_cmd_from_buffer(ctx, command))
		fail_msg("%s: %s", command, nft_ctx_get_error_buffer(ctx));
	output = strdup(nft_ctx_get_output_buffer(ctx));
	nft_ctx_free(ctx);
	return output;
}

static void nft(const char *command)
{
	free(nft_output(command));
}

static void ruleset_is(const char *expected)
{
	char *output = nft_output("list ruleset");

	assert_string_equal(output, expected);
	free(output);
}

/* The commands that CRIU executes. */
static void criu_lock(void)
{
#define T "inet " NAME " "
	nft("create table " T);
	nft("add chain " T "output { type filter hook output priority 0; }");
	nft("add rule " T "output meta mark 0xC114 accept");
	nft("add chain " T "input { type filter hook input priority 0; }");
	nft("add rule " T "input meta mark 0xC114 accept");
	nft("add set " T "conns4 { type ipv4_addr . inet_service . ipv4_addr . inet_service; }");
	nft("add rule " T "output ip saddr . tcp sport . ip daddr . tcp dport @conns4 drop");
	nft("add rule " T "input ip saddr . tcp sport . ip daddr . tcp dport @conns4 drop");
	nft("add set " T "conns6 { type ipv6_addr . inet_service . ipv6_addr . inet_service; }");
	nft("add rule " T "output ip6 saddr . tcp sport . ip6 daddr . tcp dport @conns6 drop");
	nft("add rule " T "input ip6 saddr . tcp sport . ip6 daddr . tcp dport @conns6 drop");
}

static void criu_connections(void)
{
	nft("add element " T "conns4 { 10.0.2.15 . 45678 . 10.0.2.100 . 7 }");
	nft("add element " T "conns4 { 10.0.2.100 . 7 . 10.0.2.15 . 45678 }");
	nft("add element " T "conns6 { fe80::1 . 1 . ::1 . 65535 }");
}

static int need_nftables(void **state)
{
	(void)state;
	if (no_nftables) {
		print_message("skipped: %s\n", no_nftables);
		return 0;
	}
	nft("flush ruleset");
	return 0;
}

#define skip_without_nftables() \
	do { \
		if (no_nftables) \
			skip(); \
	} while (0)

static void test_round(void **state)
{
	struct netlock_error e;
	char *lock = NULL, *before, *all;

	(void)state;
	skip_without_nftables();
	nft("add table inet filter; add table inet " OTHER);
	before = nft_output("list ruleset");
	criu_lock();
	criu_connections();
	all = nft_output("list ruleset");
	assert_int_equal(netlock_save(RUN_ID, &lock, &e), 0);
	assert_non_null(lock);
	ruleset_is(all);
	assert_int_equal(netlock_drop_run(RUN_ID, &e), 0);
	ruleset_is(before);
	/* in the next kernel */
	assert_int_equal(netlock_load(lock, &e), 0);
	ruleset_is(all);
	/* load it again, as when the unit that loads it is restarted */
	assert_int_equal(netlock_load(lock, &e), 0);
	assert_int_equal(netlock_drop(lock, &e), 0);
	ruleset_is(before);
	/* removing it succeeds even if it does not exist */
	assert_int_equal(netlock_drop(lock, &e), 0);
	assert_int_equal(netlock_drop_run(RUN_ID, &e), 0);
	ruleset_is(before);
	free(lock);
	free(before);
	free(all);
}

static void test_no_connection(void **state)
{
	struct netlock_error e;
	char *lock = NULL;

	(void)state;
	skip_without_nftables();
	assert_int_equal(netlock_save(RUN_ID, &lock, &e), 0);
	assert_null(lock);
	criu_lock();
	assert_int_equal(netlock_save(RUN_ID, &lock, &e), 0);
	assert_null(lock);
	ruleset_is("");
}

static void test_not_as_expected(void **state)
{
	struct netlock_error e;
	char *lock = NULL, *before;

	(void)state;
	skip_without_nftables();
	criu_lock();
	criu_connections();
	nft("add rule " T "input tcp dport 22 drop");
	before = nft_output("list ruleset");
	assert_int_equal(netlock_save(RUN_ID, &lock, &e), -EBADMSG);
	assert_null(lock);
	assert_non_null(strstr(e.text, "unexpected \"rule\""));
	ruleset_is(before);
	free(before);
}

/* A lock that is refused is not loaded, not even in part, and no other table is changed. */
static void test_load_refused(void **state)
{
	struct netlock_error e;
	char *before;

	(void)state;
	skip_without_nftables();
	nft("add table inet filter");
	before = nft_output("list ruleset");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(netlock_load(bad[i].lock, &e), -EBADMSG);
		assert_int_equal(netlock_drop(bad[i].lock, &e), -EBADMSG);
	}
	ruleset_is(before);
	free(before);
}

static void test_nft_fails(void **state)
{
	struct netlock_error e;

	(void)state;
	skip_without_nftables();
	/* a chain with this name, but of another type */
	nft("add table " T "; add chain " T "output { type filter hook forward priority 0; }");
	assert_int_equal(netlock_load(LOCK, &e), -EIO);
	assert_true(*e.text && *e.nft && !strchr(e.nft, '\n'));
}

static void look_for_nftables(void)
{
	struct nft_ctx *ctx;

	if (geteuid())
		no_nftables = "not root";
	else if (unshare(CLONE_NEWNET) < 0)
		no_nftables = "no network namespace can be made";
	if (no_nftables)
		return;
	ctx = nft_ctx_new(NFT_CTX_DEFAULT);
	if (!ctx || nft_ctx_buffer_output(ctx) || nft_ctx_buffer_error(ctx) ||
	    nft_run_cmd_from_buffer(ctx, "add table inet test; delete table inet test"))
		no_nftables = "this kernel has no nftables";
	if (ctx)
		nft_ctx_free(ctx);
}

#define N(test) cmocka_unit_test_setup(test, need_nftables)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_make), cmocka_unit_test(test_make_empty),
		cmocka_unit_test(test_make_too_large), cmocka_unit_test(test_refuse),
		cmocka_unit_test(test_refuse_listing), cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_find), N(test_round), N(test_no_connection),
		N(test_not_as_expected), N(test_load_refused), N(test_nft_fails),
	};

	look_for_nftables();
	return run_group("netlock", tests);
}
