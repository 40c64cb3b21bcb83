// SPDX-License-Identifier: GPL-2.0-only
/* Prints any message as JSON, by its descriptor. Fields that are not set are omitted. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "str.h"

static json_t *to_json(const ProtobufCMessage *msg);

/* "CODE_NOT_FOUND" becomes "not-found". */
static json_t *enum_json(const ProtobufCFieldDescriptor *f, int value)
{
	const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value(f->descriptor, value);
	char buf[64];
	size_t n = 0;

	if (!v)
		return json_integer(value);
	for (const char *p = v->name + strlen("CODE_"); *p && n < sizeof(buf) - 1; p++)
		buf[n++] = *p == '_' ? '-' : (char)(*p | 0x20);
	buf[n] = 0;
	return json_string(buf);
}

/* JSON has no type for bytes, so they become hexadecimal digits. */
static json_t *bytes_json(const ProtobufCBinaryData *b)
{
	struct strbuf text = {};
	char *s __cleanup(freep) = NULL;

	for (size_t i = 0; i < b->len; i++)
		strbuf_printf(&text, "%02x", b->data[i]);
	s = strbuf_steal(&text);
	return s ? json_string(s) : json_null();
}

static json_t *value_json(const ProtobufCFieldDescriptor *f, const void *p)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_BOOL:
		return json_boolean(*(const protobuf_c_boolean *)p);
	case PROTOBUF_C_TYPE_INT32:
		return json_integer(*(const int32_t *)p);
	case PROTOBUF_C_TYPE_UINT32:
		return json_integer(*(const uint32_t *)p);
	case PROTOBUF_C_TYPE_UINT64:
		return json_integer((json_int_t) * (const uint64_t *)p);
	case PROTOBUF_C_TYPE_INT64:
		return json_integer((json_int_t) * (const int64_t *)p);
	case PROTOBUF_C_TYPE_BYTES:
		return bytes_json(p);
	case PROTOBUF_C_TYPE_ENUM:
		return enum_json(f, *(const int *)p);
	case PROTOBUF_C_TYPE_STRING:
		return json_string(*(char *const *)p);
	case PROTOBUF_C_TYPE_MESSAGE:
		return to_json(*(ProtobufCMessage *const *)p);
	default:
		return json_null();	/* pram.proto does not use other types */
	}
}

static size_t elem_size(const ProtobufCFieldDescriptor *f)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	case PROTOBUF_C_TYPE_UINT64:
		return sizeof(uint64_t);
	default:
		return sizeof(uint32_t);
	}
}

static json_t *array_json(const ProtobufCFieldDescriptor *f, const char *elems, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, value_json(f, elems + i * elem_size(f)));
	return array;
}

static json_t *field_json(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f)
{
	const char *base = (const char *)msg;
	const void *member = base + f->offset;

	if (f->label == PROTOBUF_C_LABEL_REPEATED) {
		size_t n = *(const size_t *)(const void *)(base + f->quantifier_offset);

		return n ? array_json(f, *(char *const *)member, n) : NULL;
	}
	if (f->type == PROTOBUF_C_TYPE_STRING || f->type == PROTOBUF_C_TYPE_MESSAGE)
		return *(void *const *)member ? value_json(f, member) : NULL;
	if (f->quantifier_offset &&
	    !*(const protobuf_c_boolean *)(const void *)(base + f->quantifier_offset))
		return NULL;
	return value_json(f, member);
}

static json_t *to_json(const ProtobufCMessage *msg)
{
	json_t *object = json_object();

	for (unsigned int i = 0; i < msg->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &msg->descriptor->fields[i];
		json_t *value = field_json(msg, f);

		if (value)
			json_object_set_new(object, f->name, value);
	}
	return object;
}

void json_print(const ProtobufCMessage *msg)
{
	json_t *object = to_json(msg);

	json_dumpf(object, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	putchar('\n');
	json_decref(object);
}
