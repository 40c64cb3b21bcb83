/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Protobuf messages on the heap. All that they point to is allocated as well, so that pb_free()
 * frees it. Functions return 0, or -ENOMEM and leave the field unset; a caller that only fills in
 * a report may ignore that.
 */
#ifndef PRAM_PB_H
#define PRAM_PB_H

#include <stdbool.h>

#include "pram.pb-c.h"

/* A new, initialised message; NULL without memory. pb_free() frees it. */
void *pb_new(const ProtobufCMessageDescriptor *d);
#define PB_NEW(type) ((Pram__##type *)pb_new(PB_DESCRIPTOR_##type))

/* Frees a message with everything in it. @msg may be NULL. */
void pb_free(void *msg);

/* pb_free() for __cleanup(): takes the address of the pointer. */
void pb_freep(void *p);

/* A deep copy; NULL without memory, or if @msg is NULL. */
void *pb_dup(const void *msg);

/* Replaces a string field by a copy of @s. NULL clears it. */
int pb_str(char **field, const char *s);
int pb_strf(char **field, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Appends @elem, a message or string, to a repeated field, which owns it then. Frees @elem on
 * failure.
 */
int pb_append_msg(size_t *n, void *array, void *elem);
/* The same with a copy of @s. */
int pb_append_str(size_t *n, char ***array, const char *s);
/* Is @s one of the strings of a repeated field? */
bool pb_has_str(size_t n, char *const *array, const char *s);
int pb_append_u32(size_t *n, uint32_t **array, uint32_t v);

/* Sets an optional scalar field. */
#define pb_set(m, field, v) \
	do { \
		(m)->field = (v); \
		(m)->has_##field = 1; \
	} while (0)

#define PB_DESCRIPTOR_Options (&pram__options__descriptor)
#define PB_DESCRIPTOR_Process (&pram__process__descriptor)
#define PB_DESCRIPTOR_Image (&pram__image__descriptor)
#define PB_DESCRIPTOR_Manifest (&pram__manifest__descriptor)
#define PB_DESCRIPTOR_OutsideFile (&pram__outside_file__descriptor)
#define PB_DESCRIPTOR_Xattr (&pram__xattr__descriptor)
#define PB_DESCRIPTOR_KeptFile (&pram__kept_file__descriptor)
#define PB_DESCRIPTOR_UsedFile (&pram__used_file__descriptor)
#define PB_DESCRIPTOR_Directory (&pram__directory__descriptor)
#define PB_DESCRIPTOR_LinkRemap (&pram__link_remap__descriptor)
#define PB_DESCRIPTOR_DiskDirectory (&pram__disk_directory__descriptor)
#define PB_DESCRIPTOR_Unannounced (&pram__unannounced__descriptor)
#define PB_DESCRIPTOR_Unit (&pram__unit__descriptor)
#define PB_DESCRIPTOR_UnitStatus (&pram__unit_status__descriptor)
#define PB_DESCRIPTOR_UnitsRequest (&pram__units_request__descriptor)
#define PB_DESCRIPTOR_Report (&pram__report__descriptor)
#define PB_DESCRIPTOR_Reports (&pram__reports__descriptor)
#define PB_DESCRIPTOR_Tree (&pram__tree__descriptor)
#define PB_DESCRIPTOR_Registry (&pram__registry__descriptor)
#define PB_DESCRIPTOR_Empty (&pram__empty__descriptor)
#define PB_DESCRIPTOR_NameRequest (&pram__name_request__descriptor)
#define PB_DESCRIPTOR_TreeRequest (&pram__tree_request__descriptor)
#define PB_DESCRIPTOR_RestoreRequest (&pram__restore_request__descriptor)
#define PB_DESCRIPTOR_KexecRequest (&pram__kexec_request__descriptor)
#define PB_DESCRIPTOR_HookRequest (&pram__hook_request__descriptor)
#define PB_DESCRIPTOR_Request (&pram__request__descriptor)
#define PB_DESCRIPTOR_Progress (&pram__progress__descriptor)
#define PB_DESCRIPTOR_Checkpoint (&pram__checkpoint__descriptor)
#define PB_DESCRIPTOR_PramInfo (&pram__pram_info__descriptor)
#define PB_DESCRIPTOR_Status (&pram__status__descriptor)
#define PB_DESCRIPTOR_Check (&pram__check__descriptor)
#define PB_DESCRIPTOR_KexecReport (&pram__kexec_report__descriptor)
#define PB_DESCRIPTOR_Item (&pram__item__descriptor)
#define PB_DESCRIPTOR_Release (&pram__release__descriptor)
#define PB_DESCRIPTOR_Result (&pram__result__descriptor)
#define PB_DESCRIPTOR_Reason (&pram__reason__descriptor)
#define PB_DESCRIPTOR_Response (&pram__response__descriptor)

#endif /* PRAM_PB_H */
