# SPDX-License-Identifier: GPL-2.0-only
# How tests compile user space's own sources: into $(OUT), with the flags of the
# test. Wants TOP and OUT.

USER_DIRS := lib daemon
USER_CPPFLAGS := -D_GNU_SOURCE -MMD -MP -I$(OUT) $(USER_DIRS:%=-I$(TOP)/%) \
                 -I$(TOP)/kernel/include/uapi
USER_LDLIBS := -lprotobuf-c

$(OUT)/pram.pb-c.c: $(TOP)/proto/pram.proto
	@mkdir -p $(OUT)
	protoc-c --proto_path=$(TOP)/proto --c_out=$(OUT) $<

$(OUT)/pram.pb-c.h: $(OUT)/pram.pb-c.c

$(OUT)/user-pram.pb-c.o: $(OUT)/pram.pb-c.c
	$(CC) $(USER_CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(OUT)/user-%.o: $(TOP)/lib/%.c | $(OUT)/pram.pb-c.h
	$(CC) $(USER_CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(OUT)/user-%.o: $(TOP)/daemon/%.c | $(OUT)/pram.pb-c.h
	$(CC) $(USER_CPPFLAGS) $(CFLAGS) -c -o $@ $<
