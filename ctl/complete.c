// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hidden verb complete: prints candidates for the last of the given words, one on each line.
 * They come from the tables of verbs, options and columns, and from pramd. The shell removes
 * those that do not match. A line /file, /pid or /unit asks the shell to complete files, processes
 * or units itself; candidates never contain a slash.
 */
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "reasons.h"
#include "str.h"
#include "verb.h"

/* Asks pramd for the list of checkpoints and units, or for the status, which has the trees. */
static Pram__Result *ask(const struct args *args, Pram__Request__BodyCase body)
{
	Pram__Request *req = PB_NEW(Request);
	Pram__Result *result = NULL;

	if (!req)
		return NULL;
	req->body_case = body;
	if (request_empty(args, req)) {
		pb_free(req);
		return NULL;
	}
	return ctl_call(args, req, &result) ? NULL : result;
}

static void print_checkpoint_names(const Pram__Result *result)
{
	for (size_t i = 0; i < result->n_checkpoints; i++)
		puts(str_or(result->checkpoints[i]->name));
}

static void print_unit_names(const Pram__Result *result)
{
	for (size_t i = 0; i < result->n_units; i++)
		puts(str_or(result->units[i]->name));
}

static void print_tree_names(const Pram__Result *result)
{
	for (size_t i = 0; result->status && i < result->status->n_trees; i++)
		puts(str_or(result->status->trees[i]->name));
}

static void print_asked(const struct args *args, Pram__Request__BodyCase body,
			void (*print)(const Pram__Result *result))
{
	Pram__Result *result __cleanup(pb_freep) = ask(args, body);

	if (result)
		print(result);
}

static void print_verbs(const struct verbs *verbs)
{
	for (size_t i = 0; i < verbs->n; i++)
		if (!verbs->items[i].hidden)
			puts(verbs->items[i].name);
}

/* Completes the column behind the last comma in @word, and keeps the columns before it. */
static void print_columns(const struct table *table, const char *word)
{
	const char *comma = strrchr(word, ',');
	int done = comma ? (int)(comma + 1 - word) : *word == '+';

	for (size_t i = 0; i < table->n_columns; i++)
		printf("%.*s%s\n", done, word, table->columns[i].name);
}

static void print_values(const struct args *args, const struct verb *verb, enum value value,
			 const char *word)
{
	switch (value) {
	case VALUE_FILE:
		puts("/file");
		break;
	case VALUE_PID:
		puts("/pid");
		break;
	case VALUE_UNIT:
		puts("/unit");
		break;
	case VALUE_COLUMNS:
		print_columns(verb->table, word);
		break;
	case VALUE_VERB:
		print_verbs(args->verbs);
		break;
	case VALUE_REASON:
		for (size_t i = 0; i < REASONS; i++)
			puts(reasons[i].name);
		break;
	case VALUE_CHECKPOINT:
		print_asked(args, PRAM__REQUEST__BODY_LIST, print_checkpoint_names);
		break;
	case VALUE_ENABLED:
		print_asked(args, PRAM__REQUEST__BODY_LIST, print_unit_names);
		break;
	case VALUE_TREE:
		print_asked(args, PRAM__REQUEST__BODY_STATUS, print_tree_names);
		break;
	case VALUE_NONE:
	case VALUE_TEXT:
		break;
	}
}

static void print_options(const struct verb *verb)
{
	const struct opt *o;

	for (size_t i = 0; (o = args_option(verb, i)); i++)
		printf("--%s\n", o->name);
}

/* The option whose argument is the next word, or NULL. */
static const struct opt *takes_next(const struct verb *verb, const char *word)
{
	const struct opt *o;

	for (size_t i = 0; (o = args_option(verb, i)); i++) {
		const char *name = str_after(word, "--");

		if (o->value == VALUE_NONE)
			continue;
		if (name ? str_eq(name, o->name) :
			   word[0] == '-' && o->letter && word[1] == o->letter && !word[2])
			return o;
	}
	return NULL;
}

/* What the preceding words say about the word to complete. */
struct context {
	const struct verb *verb;
	const struct opt *option;	/* the next word is its argument; or NULL */
	unsigned int n_operands;
	struct args ask;		/* for requests to pramd */
};

static int add_word(struct context *c, char *word)
{
	if (c->option) {
		if (c->option->offset == offsetof(struct args, socket))
			c->ask.socket = word;
		c->option = NULL;
	} else if (word[0] == '-') {
		c->option = takes_next(c->verb, word);
	} else if (c->verb) {
		c->n_operands++;
	} else {
		c->verb = verb_find(c->ask.verbs, word);
		if (!c->verb)
			return -1;
	}
	return 0;
}

int run_complete(const struct args *args)
{
	struct context c = { .ask = *args };
	const struct arg_list *words = &args->operands;
	const char *last = words->items[words->n - 1];

	for (size_t i = 0; i + 1 < words->n; i++)
		if (add_word(&c, words->items[i]) < 0)
			return PRAM__CODE__CODE_USAGE;
	if (c.option) {
		print_values(&c.ask, c.verb, c.option->value, last);
		return PRAM__CODE__CODE_OK;
	}
	if (!c.verb)
		print_verbs(args->verbs);
	else if (c.n_operands < c.verb->operand.max)
		print_values(&c.ask, c.verb, c.verb->operand.value, last);
	print_options(c.verb);
	return PRAM__CODE__CODE_OK;
}
