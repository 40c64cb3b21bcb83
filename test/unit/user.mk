# SPDX-License-Identifier: GPL-2.0-only
# How tests compile user space's own sources: into $(OUT), with the flags of the
# test. Wants TOP and OUT.

USER_CPPFLAGS := -D_GNU_SOURCE -MMD -MP -I$(OUT) -I$(TOP)/daemon -I$(TOP)/lib -I$(TOP)/systemd \
                 -I$(TOP)/kernel/include/uapi \
                 -DPRAM_LIBEXECDIR='"/libexec"' -DPRAM_UNITDIR='"/units"'
USER_LDLIBS := -lprotobuf-c

PB_H := $(OUT)/pram.pb-c.h $(OUT)/plugin.pb-c.h $(OUT)/criu.pb-c.h

$(OUT)/%.pb-c.c $(OUT)/%.pb-c.h &: $(TOP)/proto/%.proto
	@mkdir -p $(OUT)
	protoc-c --proto_path=$(TOP)/proto --c_out=$(OUT) $<

.SECONDARY: $(PB_H) $(PB_H:.h=.c)

$(OUT)/user-%.pb-c.o: $(OUT)/%.pb-c.c $(PB_H)
	$(CC) $(USER_CPPFLAGS) $(CFLAGS) -c -o $@ $<

# user/FOLDER/FILE.o of FOLDER/FILE.c
$(OUT)/user/%.o: $(TOP)/%.c | $(PB_H)
	@mkdir -p $(@D)
	$(CC) $(USER_CPPFLAGS) $(CFLAGS) -c -o $@ $<
